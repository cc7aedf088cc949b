// The implementation of stb_image_resize: the one place where it is compiled.
#define STB_IMAGE_RESIZE_IMPLEMENTATION
#include <stb/stb_image_resize.h>

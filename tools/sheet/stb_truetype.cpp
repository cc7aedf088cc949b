// The implementation of stb_truetype: the one place where it is compiled.
#define STB_TRUETYPE_IMPLEMENTATION
#include <stb/stb_truetype.h>

# The image side of the kernels: random numbers, FFT, spectrum, colour, views, updates.
limpid_test(image_test
  image/advance_slots_test.cpp
  image/backdrop_test.cpp
  image/colour_forms_test.cpp
  image/colour_squash_test.cpp
  image/cppn_test.cpp
  image/draw_augmentation_test.cpp
  image/fft_test.cpp
  image/fix_pixels_test.cpp
  image/gaussian_blur_test.cpp
  image/gradient_norm_test.cpp
  image/half_spectrum_test.cpp
  image/image_penalty_test.cpp
  image/nearest_turn_test.cpp
  image/pack_picture_test.cpp
  image/parameter_update_test.cpp
  image/phase_spectrum_test.cpp
  image/philox_test.cpp
  image/pyramid_sum_test.cpp
  image/resample_test.cpp
  image/shared_levels_test.cpp
  image/spectrum_test.cpp
  image/view_warp_test.cpp
  image/warp_test.cpp
)
target_link_libraries(image_test PRIVATE limpid_reference)

# The image side of the kernels: random numbers, FFT, spectrum, colour, views, Adam.
limpid_test(image_test
  image/fft_test.cpp
  image/philox_test.cpp
)

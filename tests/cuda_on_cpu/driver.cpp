// The driver's library: limpid only looks whether it is there.
extern "C" const int emulated_driver = 0;

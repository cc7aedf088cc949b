// Counts what a test program allocates. Linking counting_allocator.cpp replaces the global operator new.
#pragma once

namespace limpid::test {

/// Calls of operator new so far, on all threads.
long allocations();

}  // namespace limpid::test

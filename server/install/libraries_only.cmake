# Read by CMake at llama-cpp-python's project() call (CMAKE_PROJECT_llama_cpp_INCLUDE).
# llama-cpp-python forces llama.cpp's C++ "common" library on in the cache, compiles it and then leaves it out of the
# wheel. A normal variable goes before the cache, so this turns it off: 4.3 CPU minutes instead of 10.9.
set(LLAMA_BUILD_COMMON OFF)

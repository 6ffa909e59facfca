// Portable vectors and the exponential, for all kernels of this target.
#pragma once

#include <stdint.h>
#include <string.h>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
// The clones' resolver runs while the program is being loaded, before the sanitizer that instruments it has started.
#define MULTIVERSIONED
#endif
#endif

#if defined(MULTIVERSIONED)
#elif defined(__x86_64__)
#define MULTIVERSIONED __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define MULTIVERSIONED
#endif
#define INLINED static inline __attribute__((always_inline))

/// Sixteen floats, at any address: one register of AVX-512, two of AVX, four of SSE.
typedef float float16 __attribute__((vector_size(64), aligned(4)));

/// e^x for one lane of a loop that the compiler vectorizes; two units in the last place on [-87, 88], clamped outside.
///
/// x = n·ln 2 + r with |r| ≤ ln 2 / 2; e^r by the polynomial of Cephes' expf, 2^n by writing the exponent. ln 2 is
/// subtracted in two steps so that n·ln 2 keeps its low bits.
INLINED float exponential(float x) {
    x = x < -87.3f ? -87.3f : x;
    x = x > 88.0f ? 88.0f : x;
    float n = __builtin_rintf(x * 1.44269504088896341f);
    float r = x - n * 0.693359375f;
    r = r + n * 2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    int32_t bits = ((int32_t)n + 127) << 23;
    float power;
    memcpy(&power, &bits, sizeof power);
    return p * power;
}

// Why the scan over 8-bit codes is exact.
//
// A unit row x is stored as floats and as codes c with one scale s:   x = s c + e,    |e| = E   (E stored, rounded up)
// A unit query q is held as integers d with one scale t:              q = t d + f,    |f| = F
// (|.| is the Euclidean length.) The scan computes A = t s (d . c), in integers but for the two scales. Then
//
//     q . x  -  A  =  q . e  +  f . (s c),     and by Cauchy-Schwarz
//   |q . x  -  A| <=  |q| E  +  F |s c|   <=   |q| E + F (|x| + E)   =   (|q| + F) E  +  F |x|.
//
// Normalising in double and rounding to float once leaves |q| and |x| below 1 + 2^-20. All float arithmetic on the way
// (t s, the conversion of d . c, the product, the sum, and the score's own rounding) is at most ten roundings of values
// below 3 in magnitude, each off by at most 2^-24 of them: together below 2^-19. So with
//
//     slope = 1 + 2^-20 + F,      slack = F (1 + 2^-20) + 2^-19
//
// a row whose A + slope E + slack stays below the k-th best exact score cannot be among the best k, not even as a tie;
// every other row gets its full product. With 15 bits for the query F is about 3e-5, with 8 bits for the row E is about
// 0.009 (384 dimensions): on text embeddings a few dozen rows beyond the k best need the full product, and the scan's
// cost is reading one byte for each number.
//
// A row is worth at least A - slope E - slack. While k rows are worth at least L, a row whose bound stays below L cannot be
// among the best k either; so the scan lets the others wait, and L has grown by the time that their full products are due.
// With k = 200 of 10,000 rows in 40 clusters, 223 are multiplied out instead of 1,087, each of which is a trip to memory.
//
// The bound holds for every row: adversarial near-ties only make more rows take the slow path, at worst all of them.
#pragma once
#define VS_NORM_LIMIT (1.0 + 0x1p-20)
#define VS_ROUNDING_SLACK 0x1p-19

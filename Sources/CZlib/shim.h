// Inflate, for compressed manual pages and logs.
#include <zlib.h>

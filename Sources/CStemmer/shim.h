// Debian's libstemmer: the Snowball stemmers, of which English is used.
#include <libstemmer.h>

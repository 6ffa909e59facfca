// CommonMark blocks with source positions.
#define CMARK_NO_SHORT_NAMES
#include <cmark.h>

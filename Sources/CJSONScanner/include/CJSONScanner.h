// JSON text (RFC 8259) read where it lies: no tree, no allocation, one pass.
//
// A caller walks objects and arrays itself with the bytes between their members, and asks for what is expensive: a value's end
// with everything in it checked, an array of numbers as floats, a string without its escapes. Beyond the RFC the words NaN,
// Infinity and -Infinity stand where a number may stand, because widespread encoders write them; they are always reported.
//
// The text is UTF-8 that somebody else has checked (a WebSocket's text message has been); other bytes are passed over safely.
// Positions are offsets into the text; none beyond `count` is ever read. Functions keep no state and may run on any thread.
#ifndef CJSONSCANNER_H
#define CJSONSCANNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct json_text {
    const uint8_t *_Nullable bytes;
    size_t count;
} json_text;

typedef enum json_kind : int32_t {
    json_nothing = 0,  // no value begins here
    json_null,
    json_true,
    json_false,
    json_number,
    json_string,
    json_array,
    json_object,
} json_kind;

typedef enum json_fault : int32_t {
    json_fine = 0,
    json_truncated,            // the text ends inside a value
    json_unexpected,           // a byte that can't stand here
    json_bad_number,           // such as 01, 1. or .5
    json_bad_string,           // a control character or an unknown escape
    json_unpaired_surrogate,   // half of a character: \ud800 alone
    json_too_deep,
} json_fault;

/// Levels of arrays and objects; one bit of a word each.
enum { JSON_DEPTH = 64 };

/// What lies between a position and `end`; after a fault `end` is where it was noticed.
typedef struct json_span {
    size_t end;
    json_fault fault;
    bool has_escapes;   // of a string
    bool not_finite;    // a NaN, an Infinity, or a number beyond a double such as 1e999 is in it
} json_span;

typedef struct json_floats {
    size_t end;
    json_fault fault;
    size_t count;       // elements of the array, also those beyond the capacity
    bool not_finite;    // one is no finite float: NaN, Infinity, 1e999, 1e39, or null, which is JavaScript's NaN
    size_t stranger;    // the first element that is neither number nor null, or `count`
} json_floats;

/// The first position from `position` on that is no white space.
size_t json_skip_space(json_text text, size_t position);

/// By its first byte, what value begins at `position`.
json_kind json_peek(json_text text, size_t position);

/// Checks the whole value that begins at `position`.
json_span json_scan(json_text text, size_t position);

/// Reads the array that begins at `position`; its first `capacity` numbers go to `out`.
/// Each is the float nearest to the double nearest to what is written.
json_floats json_scan_floats(json_text text, size_t position, float *_Nonnull out, size_t capacity);

/// The double nearest to a number that json_scan has checked; not finite for the words and for what is beyond a double.
double json_to_double(json_text number);

/// The bytes that the inside of a checked string stands for.
/// - out: room for `inside.count` bytes.
size_t json_unescape(json_text inside, uint8_t *_Nonnull out);

/// A checked value without the white space between its tokens.
/// - out: room for `value.count` bytes.
size_t json_minify(json_text value, uint8_t *_Nonnull out);

#ifdef __cplusplus
}
#endif
#endif

#include "CJSONScanner.h"

#include <algorithm>

#include "number.hpp"

namespace json {

struct Cursor {
    const Byte *place;
    const Byte *const end;

    bool atEnd() const { return place == end; }
    Byte byte() const { return *place; }

    void skipSpace() {
        while (place < end && (*place == ' ' || *place == '\n' || *place == '\r' || *place == '\t')) place++;
    }

    bool take(const char *word) {
        size_t count = std::strlen(word);
        if (static_cast<size_t>(end - place) < count || std::memcmp(place, word, count) != 0) return false;
        place += count;
        return true;
    }
};

namespace {

/// A set high bit in every byte that is a quote, a backslash or a control character.
uint64_t specials(uint64_t eight) {
    constexpr uint64_t ones = 0x0101010101010101, high = 0x8080808080808080;
    uint64_t quote = eight ^ (ones * '"'), backslash = eight ^ (ones * '\\');
    return (((quote - ones) & ~quote) | ((backslash - ones) & ~backslash) | ((eight - ones * 0x20) & ~eight)) & high;
}

int hexDigit(Byte byte) {
    if (isDigit(byte)) return byte - '0';
    Byte letter = byte | 0x20;
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

/// Four hexadecimal digits, or -1.
int codeUnit(const Byte *place, const Byte *end) {
    if (end - place < 4) return -1;
    int value = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hexDigit(place[i]);
        if (digit < 0) return -1;
        value = value << 4 | digit;
    }
    return value;
}

bool isHigh(int unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool isLow(int unit) { return unit >= 0xDC00 && unit < 0xE000; }

/// At a backslash; goes past what it escapes, which for a character beyond 16 bits is two escapes.
json_fault scanEscape(Cursor &cursor) {
    auto place = cursor.place + 1;
    if (place == cursor.end) return json_truncated;
    if (*place != 'u') {
        if (!std::strchr("\"\\/bfnrt", *place) || *place == 0) return json_bad_string;
        cursor.place = place + 1;
        return json_fine;
    }
    int unit = codeUnit(place + 1, cursor.end);
    if (unit < 0) return cursor.end - place < 5 ? json_truncated : json_bad_string;
    if (isLow(unit)) return json_unpaired_surrogate;
    place += 5;
    if (isHigh(unit)) {
        if (cursor.end - place < 6) return json_unpaired_surrogate;
        if (place[0] != '\\' || place[1] != 'u' || !isLow(codeUnit(place + 2, cursor.end))) return json_unpaired_surrogate;
        place += 6;
    }
    cursor.place = place;
    return json_fine;
}

/// At the opening quote; goes past the closing one.
json_fault scanString(Cursor &cursor, bool &hasEscapes) {
    cursor.place++;
    while (true) {
        while (cursor.end - cursor.place >= 8) {
            uint64_t eight;
            std::memcpy(&eight, cursor.place, 8);
            uint64_t found = specials(eight);
            if (found) {
                cursor.place += std::countr_zero(found) / 8;
                break;
            }
            cursor.place += 8;
        }
        if (cursor.atEnd()) return json_truncated;
        switch (cursor.byte()) {
        case '"': cursor.place++; return json_fine;
        case '\\': {
            hasEscapes = true;
            auto fault = scanEscape(cursor);
            if (fault) return fault;
            break;
        }
        default:
            if (cursor.byte() < 0x20) return json_bad_string;
            cursor.place++;
        }
    }
}

bool takeWord(Cursor &cursor) { return cursor.take("NaN") || cursor.take("Infinity") || cursor.take("-Infinity"); }

/// What may follow a number; `1x` and `1.2.3` are none.
bool endsNumber(const Cursor &cursor) {
    if (cursor.atEnd()) return true;
    switch (cursor.byte()) {
    case ',': case ']': case '}': case ' ': case '\n': case '\r': case '\t': return true;
    default: return false;
    }
}

/// `1e` may have been cut off, `01` has not.
json_fault numberFault(const Number &number, const Cursor &cursor) {
    if (number.isValid) return endsNumber(cursor) ? json_fine : json_bad_number;
    return cursor.atEnd() && !isDigit(cursor.place[-1]) ? json_truncated : json_bad_number;
}

json_fault scanNumber(Cursor &cursor, bool &notFinite) {
    if (takeWord(cursor)) {
        notFinite = true;
        return json_fine;
    }
    auto number = readNumber(cursor.place, cursor.end);
    cursor.place = number.end;
    if (auto fault = numberFault(number, cursor)) return fault;
    // Shorter numbers with small exponents are finite without looking.
    if ((number.isLong || number.power > 250) && !std::isfinite(exactDouble(number))) notFinite = true;
    return json_fine;
}

json_fault scanLiteral(Cursor &cursor, const char *word) {
    if (cursor.take(word)) return json_fine;
    size_t rest = static_cast<size_t>(cursor.end - cursor.place);
    return rest < std::strlen(word) && std::memcmp(cursor.place, word, rest) == 0 ? json_truncated : json_unexpected;
}

json_kind kind(Byte byte) {
    switch (byte) {
    case '{': return json_object;
    case '[': return json_array;
    case '"': return json_string;
    case 't': return json_true;
    case 'f': return json_false;
    case 'n': return json_null;
    case 'N': case 'I': case '-': return json_number;
    default: return isDigit(byte) ? json_number : json_nothing;
    }
}

json_fault scanScalar(Cursor &cursor, json_span &span) {
    switch (kind(cursor.byte())) {
    case json_string: return scanString(cursor, span.has_escapes);
    case json_number: return scanNumber(cursor, span.not_finite);
    case json_true: return scanLiteral(cursor, "true");
    case json_false: return scanLiteral(cursor, "false");
    case json_null: return scanLiteral(cursor, "null");
    default: return json_unexpected;
    }
}

/// The open arrays (0) and objects (1), the innermost in the lowest bit.
struct Nesting {
    uint64_t kinds = 0;
    int depth = 0;

    bool push(bool isObject) {
        if (depth == JSON_DEPTH) return false;
        kinds = kinds << 1 | isObject;
        depth++;
        return true;
    }
    void pop() {
        kinds >>= 1;
        depth--;
    }
    bool inObject() const { return kinds & 1; }
};

/// A member's name and its colon.
json_fault scanName(Cursor &cursor) {
    cursor.skipSpace();
    if (cursor.atEnd()) return json_truncated;
    if (cursor.byte() != '"') return json_unexpected;
    bool hasEscapes;
    if (auto fault = scanString(cursor, hasEscapes)) return fault;
    cursor.skipSpace();
    if (cursor.atEnd()) return json_truncated;
    if (cursor.byte() != ':') return json_unexpected;
    cursor.place++;
    return json_fine;
}

/// After a value: past the ends of what it closes, and past the comma before the next one.
json_fault scanSeparators(Cursor &cursor, Nesting &nesting) {
    while (nesting.depth > 0) {
        cursor.skipSpace();
        if (cursor.atEnd()) return json_truncated;
        Byte byte = cursor.byte();
        if (byte == ',') {
            cursor.place++;
            return nesting.inObject() ? scanName(cursor) : json_fine;
        }
        if (byte != (nesting.inObject() ? '}' : ']')) return json_unexpected;
        cursor.place++;
        nesting.pop();
    }
    return json_fine;
}

/// At a bracket: past it, and past the first name of an object. An empty one is left open for `scanSeparators`.
json_fault open(Cursor &cursor, Nesting &nesting, bool &isEmpty) {
    bool isObject = cursor.byte() == '{';
    if (!nesting.push(isObject)) return json_too_deep;
    cursor.place++;
    cursor.skipSpace();
    if (cursor.atEnd()) return json_truncated;
    isEmpty = cursor.byte() == (isObject ? '}' : ']');
    return isObject && !isEmpty ? scanName(cursor) : json_fine;
}

json_fault scanValue(Cursor &cursor, json_span &span) {
    Nesting nesting;
    do {
        cursor.skipSpace();
        if (cursor.atEnd()) return json_truncated;
        json_fault fault;
        if (cursor.byte() == '{' || cursor.byte() == '[') {
            bool isEmpty = false;
            fault = open(cursor, nesting, isEmpty);
            if (!fault && !isEmpty) continue;
        } else {
            fault = scanScalar(cursor, span);
        }
        if (!fault) fault = scanSeparators(cursor, nesting);
        if (fault) return fault;
    } while (nesting.depth > 0);
    return json_fine;
}

Cursor cursor(json_text text, size_t position) {
    return {text.bytes + std::min(position, text.count), text.bytes + text.count};
}

}  // namespace

/// An element that is no number is passed over and remembered; a fault ends the reading.
static json_fault readElement(Cursor &cursor, json_floats &result, float *out, size_t capacity) {
    json_fault fault = json_fine;
    if (isDigit(cursor.byte()) || (cursor.byte() == '-' && cursor.end - cursor.place > 1 && cursor.place[1] != 'I')) {
        auto number = readNumber(cursor.place, cursor.end);
        cursor.place = number.end;
        if (auto fault = numberFault(number, cursor)) return fault;
        float value = toFloat(number);
        if (result.count < capacity) out[result.count] = value;
        result.not_finite |= !std::isfinite(value);
    } else {
        auto kind = json::kind(cursor.byte());
        json_span span{};
        fault = scanValue(cursor, span);
        if (kind == json_number || kind == json_null) {
            if (result.count < capacity) out[result.count] = std::numeric_limits<float>::quiet_NaN();
            result.not_finite = true;
        } else {
            result.stranger = std::min(result.stranger, result.count);
        }
    }
    result.count++;
    return fault;
}

static json_fault readArray(Cursor &cursor, json_floats &result, float *out, size_t capacity) {
    cursor.place++;
    cursor.skipSpace();
    if (!cursor.atEnd() && cursor.byte() == ']') {
        cursor.place++;
        return json_fine;
    }
    while (true) {
        cursor.skipSpace();
        if (cursor.atEnd()) return json_truncated;
        if (auto fault = readElement(cursor, result, out, capacity)) return fault;
        cursor.skipSpace();
        if (cursor.atEnd()) return json_truncated;
        Byte byte = *cursor.place++;
        if (byte == ']') return json_fine;
        if (byte != ',') {
            cursor.place--;
            return json_unexpected;
        }
    }
}

/// UTF-8 of one character.
static uint8_t *write(uint32_t scalar, uint8_t *out) {
    if (scalar < 0x80) {
        *out++ = static_cast<uint8_t>(scalar);
    } else if (scalar < 0x800) {
        *out++ = static_cast<uint8_t>(0xC0 | scalar >> 6);
        *out++ = static_cast<uint8_t>(0x80 | (scalar & 0x3F));
    } else {
        if (scalar < 0x10000) {
            *out++ = static_cast<uint8_t>(0xE0 | scalar >> 12);
        } else {
            *out++ = static_cast<uint8_t>(0xF0 | scalar >> 18);
            *out++ = static_cast<uint8_t>(0x80 | (scalar >> 12 & 0x3F));
        }
        *out++ = static_cast<uint8_t>(0x80 | (scalar >> 6 & 0x3F));
        *out++ = static_cast<uint8_t>(0x80 | (scalar & 0x3F));
    }
    return out;
}

/// At the `u` of an escape that was checked; an escape is never shorter than the bytes that it stands for.
static const Byte *unescapeScalar(const Byte *place, const Byte *end, uint8_t *&out) {
    uint32_t scalar = static_cast<uint32_t>(codeUnit(place + 1, end));
    place += 5;
    if (isHigh(static_cast<int>(scalar))) {
        uint32_t low = static_cast<uint32_t>(codeUnit(place + 2, end));
        scalar = 0x10000 + ((scalar - 0xD800) << 10) + (low - 0xDC00);
        place += 6;
    }
    out = write(scalar, out);
    return place;
}

}  // namespace json

using namespace json;

extern "C" {

size_t json_skip_space(json_text text, size_t position) {
    auto cursor = json::cursor(text, position);
    cursor.skipSpace();
    return static_cast<size_t>(cursor.place - text.bytes);
}

json_kind json_peek(json_text text, size_t position) {
    return position < text.count ? json::kind(text.bytes[position]) : json_nothing;
}

json_span json_scan(json_text text, size_t position) {
    auto cursor = json::cursor(text, position);
    json_span span{};
    span.fault = scanValue(cursor, span);
    span.end = static_cast<size_t>(cursor.place - text.bytes);
    return span;
}

json_floats json_scan_floats(json_text text, size_t position, float *out, size_t capacity) {
    auto cursor = json::cursor(text, position);
    json_floats result{};
    result.stranger = SIZE_MAX;
    result.fault = readArray(cursor, result, out, capacity);
    result.stranger = std::min(result.stranger, result.count);
    result.end = static_cast<size_t>(cursor.place - text.bytes);
    return result;
}

double json_to_double(json_text text) {
    Cursor cursor{text.bytes, text.bytes + text.count};
    bool isNegative = text.count > 0 && *text.bytes == '-';
    if (cursor.take("NaN")) return std::numeric_limits<double>::quiet_NaN();
    if (takeWord(cursor)) return isNegative ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
    return toDouble(readNumber(text.bytes, text.bytes + text.count));
}

size_t json_unescape(json_text inside, uint8_t *out) {
    auto place = inside.bytes, end = inside.bytes + inside.count;
    auto start = out;
    while (place < end) {
        if (*place != '\\' || end - place < 2) {
            *out++ = *place++;
            continue;
        }
        switch (*++place) {
        case 'b': *out++ = '\b'; break;
        case 'f': *out++ = '\f'; break;
        case 'n': *out++ = '\n'; break;
        case 'r': *out++ = '\r'; break;
        case 't': *out++ = '\t'; break;
        case 'u': place = unescapeScalar(place, end, out); continue;
        default: *out++ = *place;
        }
        place++;
    }
    return static_cast<size_t>(out - start);
}

size_t json_minify(json_text value, uint8_t *out) {
    Cursor cursor{value.bytes, value.bytes + value.count};
    auto start = out;
    while (true) {
        cursor.skipSpace();
        if (cursor.atEnd()) return static_cast<size_t>(out - start);
        auto from = cursor.place;
        bool hasEscapes;
        if (cursor.byte() != '"' || scanString(cursor, hasEscapes)) cursor.place = std::max(cursor.place, from + 1);
        std::memcpy(out, from, static_cast<size_t>(cursor.place - from));
        out += cursor.place - from;
    }
}
}

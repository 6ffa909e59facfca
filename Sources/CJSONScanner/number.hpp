// Decimal text to binary, fast where that is provably right.
//
// A number is its digits m, read as an integer, times a power of ten. Up to 2^53 m is an exact double, as are the powers up to
// 10^22, so one rounding by the processor is the right one (W. Clinger, How to read floating point numbers accurately, 1990).
// Encoders that print 17 digits exceed 2^53. For a float even that is enough: m and the power bring at most two roundings, 2
// units in the double's last place, and the nearest float can only be another one when the double lies within them of the
// middle between two floats. Those few, and everything longer, go to std::from_chars.
#pragma once

#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

namespace json {

using Byte = uint8_t;

inline bool isDigit(Byte byte) { return static_cast<Byte>(byte - '0') < 10; }

struct Number {
    const Byte *begin;  // the sign or the first digit
    const Byte *end;
    uint64_t digits;      // wrong when `isLong`
    int64_t power;        // of ten
    bool isNegative;
    bool isLong;          // more digits than 64 bits hold
    bool isValid;
};

/// A set high bit in every byte that is no digit.
inline uint64_t othersThanDigits(uint64_t eight) {
    constexpr uint64_t ones = 0x0101010101010101;
    uint64_t offset = eight ^ ones * '0';
    return (((offset & ones * 0x7F) + ones * 0x76) | offset) & ones * 0x80;
}

/// Eight digits at once: pairs, then fours, then all (D. Lemire).
inline uint32_t valueOfDigits(uint64_t eight) {
    eight -= 0x3030303030303030;
    eight = (eight * 10) + (eight >> 8);
    return static_cast<uint32_t>((((eight & 0x000000FF000000FF) * 0x000F424000000064) +
                                  (((eight >> 16) & 0x000000FF000000FF) * 0x0000271000000001)) >> 32);
}

/// The last one to seven digits are read like eight, behind zeros: how many there are can't be predicted, so a loop over them
/// would cost more than all the rest.
inline const Byte *readDigits(const Byte *place, const Byte *end, uint64_t &value) {
    constexpr uint64_t zeros = 0x3030303030303030;
    constexpr uint64_t powers[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000};
    while (end - place >= 8) {
        uint64_t eight;
        std::memcpy(&eight, place, 8);
        uint64_t others = othersThanDigits(eight);
        if (others) {
            int count = std::countr_zero(others) / 8;
            if (count == 0) return place;
            eight = eight << (64 - 8 * count) | zeros >> (8 * count);
            value = value * powers[count] + valueOfDigits(eight);
            return place + count;
        }
        value = value * 100000000 + valueOfDigits(eight);
        place += 8;
    }
    while (place < end && isDigit(*place)) value = value * 10 + (*place++ - '0');
    return place;
}

/// The digits behind `e` with their sign; far beyond any double's range they don't grow any more.
inline const Byte *readExponent(const Byte *place, const Byte *end, int64_t &power, bool &isValid) {
    bool isNegative = place < end && *place == '-';
    if (place < end && (*place == '-' || *place == '+')) place++;
    isValid = place < end && isDigit(*place);
    int64_t exponent = 0;
    while (place < end && isDigit(*place)) exponent = std::min<int64_t>(exponent * 10 + (*place++ - '0'), 1 << 30);
    power += isNegative ? -exponent : exponent;
    return place;
}

/// By the grammar of RFC 8259; stops at the first byte that is no part of it.
inline Number readNumber(const Byte *place, const Byte *end) {
    Number number{place, place, 0, 0, false, false, true};
    number.isNegative = place < end && *place == '-';
    place += number.isNegative;
    auto first = place;
    while (place < end && isDigit(*place)) number.digits = number.digits * 10 + (*place++ - '0');  // mostly one
    auto count = place - first;
    if (count == 0 || (count > 1 && *first == '0')) number.isValid = false;
    if (place < end && *place == '.') {
        auto fraction = ++place;
        place = readDigits(place, end, number.digits);
        if (place == fraction) number.isValid = false;
        number.power = fraction - place;
        count += place - fraction;
    }
    if (count > 19) {
        auto leading = first;
        while (leading < place && (*leading == '0' || *leading == '.')) count -= *leading++ == '0';
        number.isLong = count > 19;
    }
    if (place < end && (*place | 0x20) == 'e') {
        bool isValid;
        place = readExponent(place + 1, end, number.power, isValid);
        number.isValid &= isValid;
    }
    number.end = place;
    return number;
}

/// Infinite when it is beyond a double.
inline double exactDouble(const Number &number) {
    auto begin = reinterpret_cast<const char *>(number.begin), end = reinterpret_cast<const char *>(number.end);
    double value = 0;
    auto result = std::from_chars(begin, end, value);
    if (result.ec != std::errc::result_out_of_range) return value;
    // Too large or too small: the place of the first digit that counts decides.
    auto place = number.begin + number.isNegative;
    int64_t scale = number.power;
    bool hasFirst = false;
    for (; place < number.end && (*place | 0x20) != 'e'; place++) {
        if (*place == '.') continue;
        hasFirst |= *place != '0';
        scale += hasFirst;
    }
    double magnitude = scale > 0 ? std::numeric_limits<double>::infinity() : 0;
    return number.isNegative ? -magnitude : magnitude;
}

inline constexpr double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

inline double toDouble(const Number &number) {
    if (number.isLong || number.digits > (1ull << 53) || number.power < -22 || number.power > 22) return exactDouble(number);
    double value = static_cast<double>(number.digits);
    value = number.power < 0 ? value / powers[-number.power] : value * powers[number.power];
    return number.isNegative ? -value : value;
}

/// Whether no double within a few units in the last place has another nearest float.
inline bool hasSureFloat(double value) {
    constexpr uint64_t lowBits = (1ull << 29) - 1, middle = 1ull << 28, margin = 4;
    uint64_t low = std::bit_cast<uint64_t>(value) & lowBits;
    return low - (middle - margin) > 2 * margin && std::fabs(value) >= 0x1p-126;
}

inline float toFloat(const Number &number) {
    if (number.isLong || number.power < -22 || number.power > 22) return static_cast<float>(exactDouble(number));
    double value = static_cast<double>(number.digits);
    value = number.power < 0 ? value / powers[-number.power] : value * powers[number.power];
    if (number.digits > (1ull << 53) && !hasSureFloat(value)) return static_cast<float>(exactDouble(number));
    return static_cast<float>(number.isNegative ? -value : value);
}

}  // namespace json

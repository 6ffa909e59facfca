// The status line and the fields of an answer.
#pragma once

#include <optional>

#include "basics.hpp"

namespace transport {

struct ResponseHead {
    int32_t status;
    const beast_field *fields = nullptr;
    size_t fieldCount = 0;
    std::string_view lines{};          // complete lines, in place of `fields`
    std::optional<uint64_t> length{};  // none: chunked, or until the connection closes
    bool isChunked = false, keepsAlive = false, isHTTP10 = false;

    void append(std::string &output) const;
    /// 1xx, 204 and 304 have no body and say no length (RFC 9110 section 8.6).
    static bool hasBody(int32_t status) { return status >= 200 && status != 204 && status != 304; }
};

}  // namespace transport

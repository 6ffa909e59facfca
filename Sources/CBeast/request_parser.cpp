#include "request_parser.hpp"

#include <algorithm>

namespace transport {

namespace {
/// Trailers are dropped, but not without end.
constexpr size_t trailerLimit = 8192;
/// An announced length buys no more memory than this before the bytes arrive.
constexpr uint64_t reservedBody = 1 << 20;

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

/// origin-form, absolute-form, or the asterisk (RFC 9112 section 3.2). authority-form belongs to CONNECT, which we aren't for.
bool isTarget(std::string_view target) {
    return target == "*" || target.starts_with('/') || target.starts_with("http://") || target.starts_with("https://");
}
}  // namespace

RequestParser::RequestParser(const beast_configuration &configuration) : limits(configuration) {
    arena.reserve(1024);
    fields.reserve(16);
    eager(true);
    header_limit(configuration.header_limit);
    body_limit(configuration.body_limit);  // none would mean 0: Beast 1.74 compares the length with the empty optional
}

void RequestParser::refuse(error_code &error, beast_fault why) {
    reason = why;
    error = http::error::bad_value;
}

beast_fault RequestParser::fault(error_code error) const {
    if (reason) return *reason;
    if (error == http::error::header_limit) return hasStarted ? BEAST_FAULT_HEADER_TOO_LARGE : BEAST_FAULT_TARGET_TOO_LONG;
    if (error == http::error::body_limit) return BEAST_FAULT_BODY_TOO_LARGE;
    if (error == http::error::bad_target) return BEAST_FAULT_BAD_TARGET;
    if (error == http::error::bad_version) return BEAST_FAULT_BAD_VERSION;
    if (error == http::error::bad_content_length) return BEAST_FAULT_BAD_LENGTH;
    if (error == http::error::bad_transfer_encoding) return BEAST_FAULT_BAD_ENCODING;
    return BEAST_FAULT_MALFORMED;
}

void RequestParser::on_request_impl(http::verb, boost::beast::string_view method, boost::beast::string_view target, int number,
                                    error_code &error) {
    hasStarted = true;
    version = number;
    headerCount = method.size() + target.size() + 12;
    if (target.size() > limits.target_limit) return refuse(error, BEAST_FAULT_TARGET_TOO_LONG);
    if (!isTarget(view(target))) return refuse(error, BEAST_FAULT_BAD_TARGET);
    arena.append(method.data(), method.size());
    methodCount = uint32_t(method.size());
    targetStart = uint32_t(arena.size());
    arena.append(target.data(), target.size());
    targetCount = uint32_t(target.size());
}

void RequestParser::on_field_impl(http::field field, boost::beast::string_view name, boost::beast::string_view value,
                                  error_code &error) {
    auto count = name.size() + value.size() + 4;
    if (hasHeader) {
        trailerCount += count;
        if (trailerCount > trailerLimit) refuse(error, BEAST_FAULT_HEADER_TOO_LARGE);
        return;
    }
    headerCount += count;
    if (headerCount > limits.header_limit) return refuse(error, BEAST_FAULT_HEADER_TOO_LARGE);
    if (fields.size() >= limits.field_limit) return refuse(error, BEAST_FAULT_TOO_MANY_FIELDS);
    note(field, view(value), error);
    Field stored;
    stored.name = uint32_t(arena.size());
    stored.nameCount = uint32_t(name.size());
    arena.append(name.data(), name.size());
    stored.value = uint32_t(arena.size());
    stored.valueCount = uint32_t(value.size());
    arena.append(value.data(), value.size());
    fields.push_back(stored);
}

/// Remembers the fields that decide over framing and connection.
void RequestParser::note(http::field field, std::string_view value, error_code &error) {
    switch (field) {
    case http::field::content_length: lengths++; break;
    case http::field::transfer_encoding:
        encodings++;
        if (!equalsIgnoringCase(value, "chunked")) refuse(error, BEAST_FAULT_BAD_ENCODING);
        break;
    case http::field::host: hosts++; break;
    case http::field::expect: expectsContinue = equalsIgnoringCase(value, "100-continue"); break;
    case http::field::upgrade: upgradesToWebSocket = upgradesToWebSocket || listContains(value, "websocket"); break;
    case http::field::connection: upgradesConnection = upgradesConnection || listContains(value, "upgrade"); break;
    default: break;
    }
}

void RequestParser::on_header_impl(error_code &error) {
    hasHeader = true;
    if (encodings > 0 && (lengths > 0 || version == 10)) return refuse(error, BEAST_FAULT_BAD_ENCODING);
    if (lengths > 1) return refuse(error, BEAST_FAULT_BAD_LENGTH);
    if (hosts > 1 || (hosts == 0 && version == 11)) return refuse(error, BEAST_FAULT_BAD_HOST);
    // Told before the first byte of the body, so that a client that waits for 100 Continue sends none of it.
    if (auto length = content_length(); length && *length > limits.body_limit) refuse(error, BEAST_FAULT_BODY_TOO_LARGE);
}

void RequestParser::on_body_init_impl(const boost::optional<uint64_t> &length, error_code &) {
    if (length) body.reserve(size_t(std::min(*length, reservedBody)) + BEAST_PADDING);
}

void RequestParser::append(std::string_view bytes, error_code &error) {
    if (body.size() + bytes.size() > limits.body_limit) return refuse(error, BEAST_FAULT_BODY_TOO_LARGE);
    body.insert(body.end(), bytes.begin(), bytes.end());
}

size_t RequestParser::on_body_impl(boost::beast::string_view bytes, error_code &error) {
    append(view(bytes), error);
    return error ? 0 : bytes.size();
}

void RequestParser::on_chunk_header_impl(uint64_t count, boost::beast::string_view, error_code &error) {
    if (count > limits.body_limit || body.size() + count > limits.body_limit) refuse(error, BEAST_FAULT_BODY_TOO_LARGE);
}

size_t RequestParser::on_chunk_body_impl(uint64_t, boost::beast::string_view bytes, error_code &error) {
    append(view(bytes), error);
    return error ? 0 : bytes.size();
}

}  // namespace transport

#include "response_head.hpp"

#include <boost/beast/http/status.hpp>
#include <charconv>

namespace transport {

namespace {
/// The date in the form of RFC 9110 section 5.6.7, made once a second and thread.
std::string_view date() {
    thread_local char bytes[40];
    thread_local size_t count = 0;
    thread_local time_t second = 0;
    timespec time;
    clock_gettime(CLOCK_REALTIME_COARSE, &time);
    if (time.tv_sec != second) {
        second = time.tv_sec;
        tm parts;
        gmtime_r(&second, &parts);
        count = strftime(bytes, sizeof bytes, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    }
    return {bytes, count};
}

void appendNumber(std::string &output, uint64_t number) {
    char digits[24];
    auto result = std::to_chars(digits, digits + sizeof digits, number);
    output.append(digits, size_t(result.ptr - digits));
}

/// A field that holds a line break would be two fields: control characters become spaces.
void appendClean(std::string &output, std::string_view bytes) {
    for (char byte : bytes) output += static_cast<unsigned char>(byte) < 0x20 && byte != '\t' ? ' ' : byte;
}
/// What frames the message is decided here; a second opinion, copied from another server's answer for instance, would let two
/// readers disagree on where it ends.
bool isFraming(std::string_view name) {
    switch (name.size()) {
    case 10: return equalsIgnoringCase(name, "connection");
    case 14: return equalsIgnoringCase(name, "content-length");
    case 17: return equalsIgnoringCase(name, "transfer-encoding");
    default: return false;
    }
}
}  // namespace

void ResponseHead::append(std::string &output) const {
    output += "HTTP/1.1 ";
    appendNumber(output, uint64_t(status));
    output += ' ';
    auto reason = boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(unsigned(status)));
    output.append(reason.data(), reason.size());
    output += "\r\nDate: ";
    output += date();
    output += "\r\n";
    for (size_t i = 0; i < fieldCount; i++) {
        if (isFraming(view(fields[i].name))) continue;
        appendClean(output, view(fields[i].name));
        output += ": ";
        appendClean(output, view(fields[i].value));
        output += "\r\n";
    }
    output += lines;
    if (length && hasBody(status)) {
        output += "Content-Length: ";
        appendNumber(output, *length);
        output += "\r\n";
    } else if (isChunked && hasBody(status)) {
        output += "Transfer-Encoding: chunked\r\n";
    }
    if (status == 426) output += "Connection: upgrade\r\n";  // what goes with Upgrade (RFC 9110 section 7.8)
    if (!keepsAlive)
        output += "Connection: close\r\n";
    else if (isHTTP10)
        output += "Connection: keep-alive\r\n";
    output += "\r\n";
}

}  // namespace transport

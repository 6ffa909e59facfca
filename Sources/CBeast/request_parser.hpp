// Bytes of a request become its parts.
#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <optional>
#include <string>
#include <vector>

#include "basics.hpp"

namespace transport {

namespace http = boost::beast::http;

/// Beast's grammar of HTTP/1.1 with our storage and our suspicions.
///
/// Beast calls the hooks below as the bytes arrive; a hook that sets its error stops the parse. Beast alone is too kind
/// for a server that may stand behind a proxy: it takes a transfer coding that is not `chunked` for none, an HTTP/1.0
/// request with a transfer coding, and no, or two, `Host` fields. Each of these lets two parties disagree on where a
/// request ends (request smuggling, RFC 9112 section 11.2), so each is refused here. Beast's limits apply to a piece,
/// not to the whole header, so the sums are kept here too. Trailers come through the field hook: bounded and dropped.
class RequestParser final : public http::basic_parser<true> {
public:
    /// Positions in `arena`: pointers would not survive its growth.
    struct Field {
        uint32_t name, nameCount, value, valueCount;
    };

    explicit RequestParser(const beast_configuration &configuration);

    std::string arena;  // method, target, names and values, one after the other
    std::vector<Field> fields;
    std::vector<char> body;
    uint32_t methodCount = 0, targetStart = 0, targetCount = 0;
    int version = 11;
    bool expectsContinue = false;

    std::string_view method() const { return {arena.data(), methodCount}; }
    /// The method is the caller's: an exchange takes the arena away.
    bool asksForWebSocket(std::string_view method) const {
        return upgradesToWebSocket && upgradesConnection && version == 11 && method == "GET";
    }
    /// What to answer after an error.
    beast_fault fault(error_code error) const;

private:
    const beast_configuration &limits;
    size_t headerCount = 0, trailerCount = 0;
    int lengths = 0, encodings = 0, hosts = 0;
    bool upgradesToWebSocket = false, upgradesConnection = false, hasStarted = false, hasHeader = false;
    std::optional<beast_fault> reason;  // more exact than Beast's error

    void refuse(error_code &error, beast_fault why);
    void note(http::field field, std::string_view value, error_code &error);
    void append(std::string_view bytes, error_code &error);

    void on_request_impl(http::verb, boost::beast::string_view, boost::beast::string_view, int, error_code &) override;
    void on_response_impl(int, boost::beast::string_view, int, error_code &) override {}
    void on_field_impl(http::field, boost::beast::string_view, boost::beast::string_view, error_code &) override;
    void on_header_impl(error_code &) override;
    void on_body_init_impl(const boost::optional<uint64_t> &, error_code &) override;
    size_t on_body_impl(boost::beast::string_view, error_code &) override;
    void on_chunk_header_impl(uint64_t, boost::beast::string_view, error_code &) override;
    size_t on_chunk_body_impl(uint64_t, boost::beast::string_view, error_code &) override;
    void on_finish_impl(error_code &) override {}
};

}  // namespace transport

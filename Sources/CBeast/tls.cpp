#include <openssl/ssl.h>

#include "server.hpp"

namespace transport {

namespace {
int selectProtocol(SSL *, const unsigned char **chosen, unsigned char *chosenCount, const unsigned char *offered, unsigned count,
                   void *) {
    static const unsigned char http1[] = "\x08http/1.1";
    auto **output = const_cast<unsigned char **>(chosen);
    auto result = SSL_select_next_proto(output, chosenCount, http1, sizeof http1 - 1, offered, count);
    return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}
}  // namespace

std::unique_ptr<asio::ssl::context> makeTLS(const char *certificate, const char *key) {
    using Context = asio::ssl::context;
    auto context = std::make_unique<Context>(Context::tls_server);
    context->set_options(Context::default_workarounds | Context::no_tlsv1 | Context::no_tlsv1_1 | Context::no_compression);
    context->use_certificate_chain_file(certificate);
    context->use_private_key_file(key, Context::pem);
    SSL_CTX_set_session_cache_mode(context->native_handle(), SSL_SESS_CACHE_SERVER);
    SSL_CTX_set_mode(context->native_handle(), SSL_MODE_RELEASE_BUFFERS);  // 34 KB less for each idle connection
    SSL_CTX_set_alpn_select_cb(context->native_handle(), selectProtocol, nullptr);
    return context;
}

}  // namespace transport

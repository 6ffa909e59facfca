// libcurl for Swift, which can't call variadic functions: each option that is used gets a function with a fixed type.
#ifndef CCURL_H
#define CCURL_H

#include <curl/curl.h>

CURLcode ccurl_set_long(CURL *handle, CURLoption option, long value);
CURLcode ccurl_set_size(CURL *handle, CURLoption option, curl_off_t value);
CURLcode ccurl_set_string(CURL *handle, CURLoption option, const char *value);
CURLcode ccurl_set_pointer(CURL *handle, CURLoption option, void *value);
CURLcode ccurl_set_list(CURL *handle, CURLoption option, struct curl_slist *value);

typedef size_t (*ccurl_data_function)(char *bytes, size_t size, size_t count, void *user);
CURLcode ccurl_set_data_function(CURL *handle, CURLoption option, ccurl_data_function function);

CURLcode ccurl_get_long(CURL *handle, CURLINFO info, long *value);
CURLcode ccurl_get_pointer(CURL *handle, CURLINFO info, void **value);
CURLMcode ccurl_multi_set_long(CURLM *multi, CURLMoption option, long value);

// Which sockets libcurl waits for, and when it wants to be called; NULL for nobody who would want to know.
CURLMcode ccurl_multi_set_callbacks(CURLM *multi, curl_socket_callback watch, curl_multi_timer_callback alarm, void *user);

// A finished transfer, out of the union that CURLMsg is; NULL when there is none.
CURL *ccurl_multi_finished(CURLM *multi, CURLcode *result);

#endif

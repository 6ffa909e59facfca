import CCurl

/// One easy handle of libcurl, set up for one transfer.
///
/// Used on the client's thread only.
final class EasyHandle {
    let pointer: UnsafeMutableRawPointer
    private var list: UnsafeMutablePointer<curl_slist>?
    private let body: UnsafeMutableBufferPointer<UInt8>
    /// How much of the body libcurl has taken.
    private var sent = 0
    private let words: UnsafeMutablePointer<CChar>

    /// `nil` when libcurl refuses the request or has no memory.
    ///
    /// `transfer` must outlive the handle.
    init?(_ transfer: Transfer, _ configuration: ClientConfiguration) {
        guard let pointer = curl_easy_init() else { return nil }
        self.pointer = pointer
        body = .allocate(capacity: transfer.request.body.count)
        _ = body.initialize(from: transfer.request.body)
        words = .allocate(capacity: Int(CURL_ERROR_SIZE))
        words.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        guard setRequest(transfer.request), setTransport(configuration, transfer.timeouts), setCallbacks(transfer)
        else {
            return nil
        }
    }

    deinit {
        curl_easy_cleanup(pointer)
        curl_slist_free_all(list)
        body.deallocate()
        words.deallocate()
    }

    private func setRequest(_ request: ClientRequest) -> Bool {
        for field in request.headers.fields {
            let line = "\(field.name): \(field.value)"
            // A line break would be a field of its own.
            guard !line.utf8.contains(where: { $0 == 0x0D || $0 == 0x0A || $0 == 0 }) else { return false }
            list = curl_slist_append(list, field.value.isEmpty ? "\(field.name);" : line)
        }
        // Without it libcurl waits a second for a 100 Continue before each large body.
        list = curl_slist_append(list, "Expect:")
        if request.headers["Content-Type"] == nil { list = curl_slist_append(list, "Content-Type:") }
        var codes = [
            ccurl_set_string(pointer, CURLOPT_URL, request.url),
            ccurl_set_list(pointer, CURLOPT_HTTPHEADER, list),
        ]
        if request.method == .head {
            codes.append(ccurl_set_long(pointer, CURLOPT_NOBODY, 1))
            return codes.allSatisfy { $0 == CURLE_OK }
        }
        if !body.isEmpty || [.post, .put, .patch].contains(request.method) {
            codes.append(ccurl_set_long(pointer, CURLOPT_POST, 1))
            codes.append(ccurl_set_size(pointer, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count)))
            codes.append(request.method == .post && !body.isEmpty ? setBodyOnce() : setBody())
        }
        codes.append(ccurl_set_string(pointer, CURLOPT_CUSTOMREQUEST, request.method.rawValue))
        return codes.allSatisfy { $0 == CURLE_OK }
    }

    private func setBody() -> CURLcode {
        ccurl_set_pointer(pointer, CURLOPT_POSTFIELDS, body.baseAddress)
    }

    /// A body that can be read once.
    ///
    /// When a kept connection turns out to be closed, libcurl sends the request again by itself, although the peer may
    /// have worked on it (RFC 9110, section 9.2.2). Without a way to rewind it only does so when nothing of the body had
    /// left, and fails otherwise: whether to ask again is for the caller to decide.
    private func setBodyOnce() -> CURLcode {
        let read: ccurl_data_function = { bytes, size, count, user in
            guard let user, let bytes else { return 0 }
            let room = UnsafeMutableRawBufferPointer(start: bytes, count: size * count)
            return Unmanaged<EasyHandle>.fromOpaque(user).takeUnretainedValue().read(into: room)
        }
        let code = ccurl_set_data_function(pointer, CURLOPT_READFUNCTION, read)
        return code == CURLE_OK
            ? ccurl_set_pointer(pointer, CURLOPT_READDATA, Unmanaged.passUnretained(self).toOpaque()) : code
    }

    private func read(into room: UnsafeMutableRawBufferPointer) -> Int {
        let piece = body[sent..<min(body.count, sent + room.count)]
        room.copyBytes(from: piece)
        sent += piece.count
        return piece.count
    }

    /// HTTP/1.1 only: a paused stream of HTTP/2 holds up its neighbours on the same connection.
    private func setTransport(_ configuration: ClientConfiguration, _ timeouts: ClientConfiguration.Timeouts) -> Bool {
        let connect = Int(timeouts.connect.milliseconds)
        let codes = [
            ccurl_set_string(pointer, CURLOPT_PROTOCOLS_STR, "http,https"),
            ccurl_set_long(pointer, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1)),
            ccurl_set_long(pointer, CURLOPT_NOSIGNAL, 1),
            ccurl_set_long(pointer, CURLOPT_FOLLOWLOCATION, 0),
            // A proxy's answer to CONNECT is not the peer's.
            ccurl_set_long(pointer, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1),
            // A transfer that ends while its name is looked up doesn't wait for that, which would hold up all others.
            ccurl_set_long(pointer, CURLOPT_QUICK_EXIT, 1),
            ccurl_set_long(pointer, CURLOPT_CONNECTTIMEOUT_MS, connect),
            ccurl_set_long(pointer, CURLOPT_TCP_NODELAY, 1),
            ccurl_set_long(pointer, CURLOPT_SSL_VERIFYPEER, 1),
            ccurl_set_long(pointer, CURLOPT_SSL_VERIFYHOST, 2),
            configuration.certificateAuthorities.map { ccurl_set_string(pointer, CURLOPT_CAINFO, $0) } ?? CURLE_OK,
        ]
        return codes.allSatisfy { $0 == CURLE_OK }
    }

    private func setCallbacks(_ transfer: Transfer) -> Bool {
        let user = Unmanaged.passUnretained(transfer).toOpaque()
        let header: ccurl_data_function = { bytes, size, count, user in
            guard let user else { return 0 }
            let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
            return Unmanaged<Transfer>.fromOpaque(user).takeUnretainedValue().receive(header: line)
        }
        let data: ccurl_data_function = { bytes, size, count, user in
            guard let user else { return 0 }
            let data = UnsafeRawBufferPointer(start: bytes, count: size * count)
            return Unmanaged<Transfer>.fromOpaque(user).takeUnretainedValue().receive(data)
        }
        let codes = [
            ccurl_set_data_function(pointer, CURLOPT_HEADERFUNCTION, header),
            ccurl_set_pointer(pointer, CURLOPT_HEADERDATA, user),
            ccurl_set_data_function(pointer, CURLOPT_WRITEFUNCTION, data),
            ccurl_set_pointer(pointer, CURLOPT_WRITEDATA, user),
            ccurl_set_pointer(pointer, CURLOPT_ERRORBUFFER, words),
        ]
        return codes.allSatisfy { $0 == CURLE_OK }
    }

    /// Why the transfer ended, in libcurl's words, which quote the peer's.
    func error(_ code: CURLcode, url: String) -> HTTPClientError {
        let said = String(cString: words)
        let message = "\(url): \(said.isEmpty ? String(cString: curl_easy_strerror(code)) : said)"
        switch code {
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL: return HTTPClientError(.invalidRequest, message)
        case CURLE_COULDNT_RESOLVE_HOST: return HTTPClientError(.unresolved, message)
        case CURLE_COULDNT_CONNECT: return HTTPClientError(.connectFailed, message)
        case CURLE_OPERATION_TIMEDOUT: return HTTPClientError(.connectTimeout, message)
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CACERT_BADFILE:
            return HTTPClientError(.tls, message)
        default: return HTTPClientError(.connectionLost, message)
        }
    }
}

extension Transfer {
    /// - Returns: how many bytes were taken, as libcurl wants to know; fewer end the transfer.
    fileprivate func receive(header line: UnsafeRawBufferPointer) -> Int {
        change { state in
            state.receive(header: line)
            return state.isFinished
        } ? 0 : line.count
    }

    fileprivate func receive(_ bytes: UnsafeRawBufferPointer) -> Int {
        let (isTaken, isFinished) = change { state in (state.receive(bytes), state.isFinished) }
        guard isTaken else { return Int(CURL_WRITEFUNC_PAUSE) }
        return isFinished ? 0 : bytes.count
    }
}

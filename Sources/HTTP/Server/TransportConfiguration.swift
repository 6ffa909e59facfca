import CBeast

/// Lends a configuration in the transport's form.
func withTransportConfiguration<Result>(
    _ configuration: ServerConfiguration,
    faults: [HTTPResponse],
    _ body: (UnsafePointer<beast_configuration>) -> Result
) -> Result {
    let limits = configuration.limits
    let timeouts = configuration.timeouts
    return withFaultAnswers(faults) { faults in
        withCString(configuration.tls?.certificateChain) { certificate in
            withCString(configuration.tls?.privateKey) { key in
                configuration.host.withCString { host in
                    var native = beast_configuration(
                        host: host,
                        port: configuration.port,
                        io_threads: UInt16(clamping: configuration.ioThreads),
                        connections: UInt32(clamping: limits.connections),
                        target_limit: UInt32(clamping: limits.target),
                        header_limit: UInt32(clamping: limits.header),
                        field_limit: UInt32(clamping: limits.fields),
                        body_limit: UInt64(clamping: limits.body),
                        message_limit: UInt64(clamping: limits.webSocketMessage),
                        header_timeout: timeouts.header.milliseconds,
                        body_timeout: timeouts.body.milliseconds,
                        body_rate: UInt32(clamping: max(1, limits.bodyRate)),
                        keep_alive_timeout: timeouts.keepAlive.milliseconds,
                        write_timeout: timeouts.write.milliseconds,
                        socket_idle_timeout: timeouts.webSocketIdle.milliseconds,
                        linger_timeout: timeouts.linger.milliseconds,
                        high_water: UInt32(clamping: limits.highWater),
                        low_water: UInt32(clamping: limits.lowWater),
                        certificate: certificate,
                        private_key: key,
                        faults: faults
                    )
                    return body(&native)
                }
            }
        }
    }
}

private func withCString<Result>(_ text: String?, _ body: (UnsafePointer<CChar>?) -> Result) -> Result {
    guard let text else { return body(nil) }
    return text.withCString(body)
}

/// Fields as complete lines, bodies as they are, all in one buffer that lives for the call.
private func withFaultAnswers<Result>(
    _ responses: [HTTPResponse],
    _ body: (UnsafePointer<beast_fault_answer>) -> Result
) -> Result {
    var bytes: [UInt8] = []
    let spans = responses.map { response in
        let start = bytes.count
        for field in response.headers.fields { bytes += "\(field.name): \(field.value)\r\n".utf8 }
        let middle = bytes.count
        if case .bytes(let content) = response.body { bytes += content }
        return (status: response.status, fields: start..<middle, body: middle..<bytes.count)
    }
    return bytes.withUnsafeBytes { bytes in
        func text(_ range: Range<Int>) -> beast_text {
            let start = UnsafeRawBufferPointer(rebasing: bytes[range]).baseAddress
            return beast_text(bytes: start?.assumingMemoryBound(to: CChar.self), count: range.count)
        }
        let answers = spans.map {
            beast_fault_answer(status: Int32($0.status.rawValue), fields: text($0.fields), body: text($0.body))
        }
        return answers.withUnsafeBufferPointer { answers in
            // There is one answer for each fault, and there are faults: the buffer isn't empty.
            guard let start = answers.baseAddress else { preconditionFailure("no fault answers") }
            return body(start)
        }
    }
}

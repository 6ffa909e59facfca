/// One event of a `text/event-stream` (WHATWG HTML, section 9.2).
package struct ServerSentEvent: Sendable, Equatable {
    package var data: String
    /// The event's type; `nil` means `message`.
    package var event: String?
    /// What the client sends as `Last-Event-ID` when it connects again.
    package var id: String?
    /// Milliseconds that the client should wait before it connects again.
    package var retry: Int?

    package init(data: String, event: String? = nil, id: String? = nil, retry: Int? = nil) {
        self.data = data
        self.event = event
        self.id = id
        self.retry = retry
    }

    /// Each line of `data` becomes a `data:` line; CR, LF and CR LF all end one.
    ///
    /// The other fields hold one line at most.
    package var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(data.utf8.count + 32)
        if let event { Self.append("event", event.utf8, to: &bytes) }
        if let id { Self.append("id", id.utf8.filter { $0 != 0 }, to: &bytes) }
        if let retry { Self.append("retry", "\(max(0, retry))".utf8, to: &bytes) }
        Self.appendLines("data: ", data, to: &bytes)
        bytes.append(0x0A)
        return bytes
    }

    /// A comment, which clients ignore and proxies take for a sign of life.
    package static func comment(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        appendLines(": ", text, to: &bytes)
        bytes.append(0x0A)
        return bytes
    }

    private static func append(_ name: String, _ value: some Sequence<UInt8>, to bytes: inout [UInt8]) {
        bytes += name.utf8
        bytes += ": ".utf8
        bytes += value.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 }
        bytes.append(0x0A)
    }

    private static func appendLines(_ prefix: String, _ text: String, to bytes: inout [UInt8]) {
        bytes += prefix.utf8
        var text = text
        text.withUTF8 { text in
            var rest = text[...]
            while let end = rest.firstIndex(where: { $0 == 0x0A || $0 == 0x0D }) {
                bytes.append(contentsOf: rest[..<end])
                bytes.append(0x0A)
                bytes += prefix.utf8
                let isPair = rest[end...].starts(with: [0x0D, 0x0A])
                rest = rest[(end + (isPair ? 2 : 1))...]
            }
            bytes.append(contentsOf: rest)
        }
        bytes.append(0x0A)
    }
}

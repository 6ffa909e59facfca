import Foundation

/// Cuts server-sent events out of bytes (html.spec.whatwg.org, "Server-sent events"); a piece may end anywhere.
///
/// What a server's comments, ids and retry times say is of no use here and passed over.
struct EventReader {
    struct Event: Equatable {
        /// `message` where the stream names none.
        var name: String
        var data: Data
    }

    private let limit: Int
    private var line = Data()
    private var isAfterReturn = false
    private var name = ""
    private var data: Data?

    /// - Parameter limit: bytes of an event.
    init(limit: Int = 16 << 20) {
        self.limit = limit
    }

    /// The events that are complete with these bytes.
    ///
    /// - Throws: ``RoostError/unexpectedAnswer(_:)`` for one that is longer than the limit.
    mutating func receive(_ bytes: some Sequence<UInt8>) throws(RoostError) -> [Event] {
        var events: [Event] = []
        for byte in bytes {
            let endsReturn = isAfterReturn && byte == UInt8(ascii: "\n")
            isAfterReturn = byte == UInt8(ascii: "\r")
            if endsReturn { continue }
            guard byte == UInt8(ascii: "\n") || isAfterReturn else {
                line.append(byte)
                guard line.count + (data?.count ?? 0) <= limit else {
                    throw RoostError.unexpectedAnswer("an event of more than \(limit) bytes")
                }
                continue
            }
            if let event = endLine() { events.append(event) }
        }
        return events
    }

    /// - Returns: the event that a blank line ends.
    private mutating func endLine() -> Event? {
        defer { line.removeAll() }
        guard !line.isEmpty else {
            defer { (name, data) = ("", nil) }
            return data.map { Event(name: name.isEmpty ? "message" : name, data: $0) }
        }
        let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
        var value = line[colon...].dropFirst()
        if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
        switch String(decoding: line[..<colon], as: UTF8.self) {
        case "event": name = String(decoding: value, as: UTF8.self)
        case "data": data = data.map { $0 + [UInt8(ascii: "\n")] + value } ?? Data(value)
        default: break
        }
        return nil
    }
}

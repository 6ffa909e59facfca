/// Reads a `text/event-stream` piece by piece (WHATWG HTML, section 9.2.6); a piece may end anywhere.
///
/// Lines end in LF, CR or CR LF. Comments and unknown fields are passed over; an event without data is none.
package struct EventStreamParser: Sendable {
    /// A line or an event's data was longer than the limit.
    package struct TooLong: Error, Equatable {
        package let limit: Int
    }

    private let limit: Int
    private var line: [UInt8] = []
    private var data: [UInt8] = []
    private var hasData = false
    private var event: String?
    private var id: String?
    private var retry: Int?
    private var afterReturn = false
    private var isFirstLine = true

    /// - Parameter limit: bytes of an event's data, and of a line.
    package init(limit: Int = 16 << 20) {
        self.limit = limit
    }

    /// The events that are complete with these bytes.
    package mutating func receive(_ bytes: some Sequence<UInt8>) throws(TooLong) -> [ServerSentEvent] {
        let events = bytes.withContiguousStorageIfAvailable { bytes in
            Result { () throws(TooLong) in try read(bytes) }
        }
        if let events { return try events.get() }
        return try Array(bytes).withUnsafeBufferPointer { bytes throws(TooLong) in try read(bytes) }
    }

    /// Takes whole stretches between the ends of lines.
    private mutating func read(_ bytes: UnsafeBufferPointer<UInt8>) throws(TooLong) -> [ServerSentEvent] {
        var events: [ServerSentEvent] = []
        var rest = bytes[...]
        while let end = rest.firstIndex(where: { $0 == 0x0A || $0 == 0x0D }) {
            let isSecondHalf = afterReturn && end == rest.startIndex && rest[end] == 0x0A
            afterReturn = rest[end] == 0x0D
            try append(rest[..<end])
            rest = rest[(end + 1)...]
            if isSecondHalf { continue }
            if let event = endLine() { events.append(event) }
            line.removeAll(keepingCapacity: true)
            guard data.count <= limit else { throw TooLong(limit: limit) }
        }
        if !rest.isEmpty { afterReturn = false }
        try append(rest)
        return events
    }

    private mutating func append(_ stretch: Slice<UnsafeBufferPointer<UInt8>>) throws(TooLong) {
        guard line.count + stretch.count <= limit else { throw TooLong(limit: limit) }
        line.append(contentsOf: UnsafeBufferPointer(rebasing: stretch))
    }

    private mutating func endLine() -> ServerSentEvent? {
        if isFirstLine, line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
        isFirstLine = false
        guard !line.isEmpty else { return endEvent() }
        let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
        var value = line[colon...].dropFirst()
        if value.first == UInt8(ascii: " ") { value.removeFirst() }
        read(field: String(decoding: line[..<colon], as: UTF8.self), value)
        return nil
    }

    private mutating func read(field: String, _ value: ArraySlice<UInt8>) {
        switch field {
        case "data":
            if hasData { data.append(0x0A) }
            hasData = true
            data += value
        case "event": event = String(decoding: value, as: UTF8.self)
        case "id" where !value.contains(0): id = String(decoding: value, as: UTF8.self)
        case "retry": retry = Int(String(decoding: value, as: UTF8.self)) ?? retry
        default: break
        }
    }

    private mutating func endEvent() -> ServerSentEvent? {
        defer {
            data.removeAll(keepingCapacity: true)
            hasData = false
            event = nil
            retry = nil
        }
        guard hasData else { return nil }
        return ServerSentEvent(data: String(decoding: data, as: UTF8.self), event: event, id: id, retry: retry)
    }
}

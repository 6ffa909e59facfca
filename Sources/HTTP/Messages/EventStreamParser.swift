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

    /// Takes whole stretches between the ends of lines; a line that is there from its beginning is not copied.
    private mutating func read(_ bytes: UnsafeBufferPointer<UInt8>) throws(TooLong) -> [ServerSentEvent] {
        var events: [ServerSentEvent] = []
        var rest = bytes[...]
        while let end = rest.firstIndex(where: { $0 == 0x0A || $0 == 0x0D }) {
            let isSecondHalf = afterReturn && end == rest.startIndex && rest[end] == 0x0A
            afterReturn = rest[end] == 0x0D
            let stretch = rest[..<end]
            rest = rest[(end + 1)...]
            if isSecondHalf { continue }
            try allow(line.count + stretch.count)
            if let event = endLine(stretch) { events.append(event) }
            try allow(data.count)
        }
        if !rest.isEmpty { afterReturn = false }
        try allow(line.count + rest.count)
        line.append(contentsOf: rest)
        return events
    }

    private func allow(_ length: Int) throws(TooLong) {
        guard length <= limit else { throw TooLong(limit: limit) }
    }

    private mutating func endLine(_ stretch: Slice<UnsafeBufferPointer<UInt8>>) -> ServerSentEvent? {
        guard !line.isEmpty else { return read(line: stretch) }
        let whole = line + stretch
        line.removeAll(keepingCapacity: true)
        return whole.withUnsafeBufferPointer { read(line: $0[...]) }
    }

    private mutating func read(line: Slice<UnsafeBufferPointer<UInt8>>) -> ServerSentEvent? {
        var line = line
        if isFirstLine, line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
        isFirstLine = false
        guard !line.isEmpty else { return endEvent() }
        let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
        var value = line[colon...].dropFirst()
        if value.first == UInt8(ascii: " ") { value.removeFirst() }
        read(field: line[..<colon], value)
        return nil
    }

    private mutating func read(
        field: Slice<UnsafeBufferPointer<UInt8>>,
        _ value: Slice<UnsafeBufferPointer<UInt8>>
    ) {
        if field.elementsEqual("data".utf8) {
            if hasData { data.append(0x0A) }
            hasData = true
            data.append(contentsOf: value)
        } else if field.elementsEqual("event".utf8) {
            event = String(decoding: value, as: UTF8.self)
        } else if field.elementsEqual("id".utf8), !value.contains(0) {
            id = String(decoding: value, as: UTF8.self)
        } else if field.elementsEqual("retry".utf8) {
            retry = Int(String(decoding: value, as: UTF8.self)) ?? retry
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

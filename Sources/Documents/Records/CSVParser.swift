/// Comma-separated values (RFC 4180): each row becomes lines of `column: value`.
///
/// Semicolons, tabs and vertical bars separate too, whichever the first line has most of. Quotes may hold separators,
/// line ends and doubled quotes. The first row names the columns, if all its fields are different words.
struct CSVParser {
    let limits: DocumentLimits

    func parse(_ source: SourceText) throws(DocumentError) -> ParsedDocument {
        var sections = SectionCollector(limits: limits)
        var warnings: [String] = []
        var reader = CSVReader(source.bytes)
        guard let first = reader.next() else { return ParsedDocument() }
        let isHeader = Self.isHeader(first.fields)
        let columns = isHeader ? first.fields.map(\.trimmed) : []
        if !isHeader { try sections.add(Self.section(first, columns)) }
        var uneven = 0
        while let row = reader.next() {
            if row.fields.count != first.fields.count { uneven += 1 }
            try sections.add(Self.section(row, columns))
        }
        if uneven > 0 { warnings.append("\(uneven) rows have more or fewer fields than the first.") }
        if reader.isUnclosed { warnings.append("A quote at the end of the file is not closed.") }
        return ParsedDocument(sections: sections.sections, warnings: warnings)
    }

    private static func isHeader(_ fields: [String]) -> Bool {
        let names = fields.map(\.trimmed)
        return Set(names).count == names.count
            && names.allSatisfy { name in
                !name.isEmpty && name.utf8.count <= 100 && !JSONNumber.isValid(Array(name.utf8)[...])
            }
    }

    private static func section(_ row: CSVReader.Row, _ columns: [String]) -> Section {
        let lines = row.fields.enumerated().compactMap { index, field -> String? in
            let value = field.trimmed
            guard !value.isEmpty else { return nil }
            return "\(index < columns.count ? columns[index] : "column \(index + 1)"): \(value)"
        }
        return Section(text: lines.joined(separator: "\n"), kind: .record, location: .line(row.line))
    }
}

/// The rows of a CSV file, one after the other.
struct CSVReader {
    struct Row {
        var fields: [String] = []
        /// Where it begins, counted from 1.
        let line: Int
    }

    /// Whether the file ended within quotes.
    private(set) var isUnclosed = false

    private let bytes: [UInt8]
    private let separator: UInt8
    private var index = 0
    private var line = 1

    /// `bytes` has line feeds only, no carriage returns.
    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        separator = Self.separator(of: bytes)
    }

    /// Passes over blank lines.
    mutating func next() -> Row? {
        while index < bytes.count, bytes[index] == 0x0A { endLine() }
        guard index < bytes.count else { return nil }
        var row = Row(line: line)
        while true {
            row.fields.append(readField())
            guard index < bytes.count, bytes[index] == separator else { break }
            index += 1
        }
        if index < bytes.count { endLine() }
        return row
    }

    private mutating func endLine() {
        index += 1
        line += 1
    }

    private mutating func readField() -> String {
        guard index < bytes.count, bytes[index] == 0x22 else { return readBare().text }
        index += 1
        var field: [UInt8] = []
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if byte == 0x22 {
                // What stands between a closing quote and the separator is kept as it is.
                guard index < bytes.count, bytes[index] == 0x22 else { return (field + readBare()).text }
                index += 1
            } else if byte == 0x0A {
                line += 1
            }
            field.append(byte)
        }
        isUnclosed = true
        return field.text
    }

    private mutating func readBare() -> ArraySlice<UInt8> {
        let start = index
        while index < bytes.count, bytes[index] != separator, bytes[index] != 0x0A { index += 1 }
        return bytes[start..<index]
    }

    private static func separator(of bytes: [UInt8]) -> UInt8 {
        var counts: [UInt8: Int] = [:]
        var isQuoted = false
        for byte in bytes {
            if byte == 0x22 { isQuoted.toggle() }
            if byte == 0x0A, !isQuoted { break }
            if !isQuoted { counts[byte, default: 0] += 1 }
        }
        let candidates = Array(",;\t|".utf8)
        // The first of equals wins: `max` would give the last.
        return candidates.reversed().max { counts[$0, default: 0] < counts[$1, default: 0] } ?? UInt8(ascii: ",")
    }
}

/// A `multipart/form-data` body (RFC 7578), which is how browsers and `curl -F` upload files.
///
/// Linear in the body; parts are lent as slices, so a large file is not copied. Preamble and epilogue are skipped as RFC
/// 2046 section 5.1 says.
package struct MultipartForm: Sendable {
    package struct Part: Sendable {
        package let name: String
        package let fileName: String?
        package let contentType: String?
        package let body: ArraySlice<UInt8>
    }

    /// Why a body is no form; a sentence.
    package struct Malformed: Error, CustomStringConvertible {
        package let description: String
    }

    package let parts: [Part]

    package subscript(name: String) -> Part? { parts.first { $0.name == name } }

    /// - Parameter contentType: the request's; it names the boundary.
    package init(_ body: [UInt8], contentType: String, partLimit: Int = 64) throws(Malformed) {
        guard let boundary = Self.parameter("boundary", of: contentType), Self.isBoundary(boundary) else {
            throw Malformed(description: "The Content-Type names no boundary of 1 to 70 printable ASCII characters.")
        }
        let (marks, isClosed) = Self.delimiters(Array("--\(boundary)".utf8), in: body, limit: partLimit + 2)
        guard marks.count - 1 <= partLimit else {
            throw Malformed(description: "The form has more than \(partLimit) parts (max: \(partLimit)).")
        }
        guard marks.count >= 2, isClosed else {
            throw Malformed(description: "The form does not end with its boundary “--\(boundary)--”.")
        }
        let length = boundary.utf8.count + 2
        var parts: [Part] = []
        for (start, end) in zip(marks, marks.dropFirst()) {
            parts.append(try Self.part(body[(start + length)..<end]))
        }
        self.parts = parts
    }

    private static func isBoundary(_ text: String) -> Bool {
        (1...70).contains(text.utf8.count) && text.utf8.allSatisfy { (0x20..<0x7F).contains($0) }
    }

    /// Where the lines begin that are delimiters, up to the closing one or the limit, and whether there is a closing one.
    private static func delimiters(
        _ delimiter: [UInt8],
        in body: [UInt8],
        limit: Int
    ) -> (marks: [Int], isClosed: Bool) {
        var marks: [Int] = []
        var index = 0
        while index + delimiter.count <= body.count, marks.count < limit {
            let newline = body[index...].firstIndex(of: 0x0A) ?? body.count
            if body[index..<newline].starts(with: delimiter) {
                let rest = body[(index + delimiter.count)..<newline]
                let isClosing = rest.starts(with: [0x2D, 0x2D])
                if isPadding(isClosing ? rest.dropFirst(2) : rest) {
                    marks.append(index)
                    if isClosing { return (marks, true) }
                }
            }
            index = newline + 1
        }
        return (marks, false)
    }

    /// White space that a transport may leave behind a delimiter; anything else makes the line one of the content.
    private static func isPadding(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
    }

    /// The rest of the delimiter's line, then header lines, an empty line, and the content up to the line break that
    /// belongs to the next delimiter.
    private static func part(_ bytes: ArraySlice<UInt8>) throws(Malformed) -> Part {
        var rest = bytes
        _ = line(&rest)
        var disposition = ""
        var contentType: String?
        while let header = line(&rest), !header.isEmpty {
            let halves = header.split(separator: ":", maxSplits: 1)
            guard halves.count == 2 else { continue }
            let value = String(halves[1].drop { $0 == " " })
            switch halves[0].lowercased() {
            case "content-disposition": disposition = value
            case "content-type": contentType = value
            default: break
            }
        }
        guard let name = parameter("name", of: disposition) else {
            throw Malformed(description: "A part of the form has no name in its Content-Disposition.")
        }
        if rest.last == 0x0A { rest = rest.dropLast() }
        if rest.last == 0x0D { rest = rest.dropLast() }
        return Part(
            name: name,
            fileName: parameter("filename", of: disposition),
            contentType: contentType,
            body: rest
        )
    }

    private static func line(_ rest: inout ArraySlice<UInt8>) -> String? {
        guard let newline = rest.firstIndex(of: 0x0A) else { return nil }
        var line = rest[..<newline]
        rest = rest[(newline + 1)...]
        if line.last == 0x0D { line = line.dropLast() }
        return String(decoding: line, as: UTF8.self)
    }

    /// A parameter's value, quoted or not.
    ///
    /// Browsers escape quotes in file names as `%22`, older ones as `\"`.
    private static func parameter(_ name: String, of header: String) -> String? {
        var rest = header[...]
        while let semicolon = rest.firstIndex(of: ";") {
            rest = rest[rest.index(after: semicolon)...].drop { $0 == " " || $0 == "\t" }
            guard let equals = rest.firstIndex(of: "=") else { return nil }
            let key = rest[..<equals].lowercased()
            rest = rest[rest.index(after: equals)...]
            let value = value(&rest)
            if key == name { return value }
        }
        return nil
    }

    private static func value(_ rest: inout Substring) -> String {
        guard rest.first == "\"" else {
            let end = rest.firstIndex(of: ";") ?? rest.endIndex
            defer { rest = rest[end...] }
            return String(rest[..<end].prefix { $0 != " " })
        }
        var value = ""
        rest = rest.dropFirst()
        while let character = rest.popFirst(), character != "\"" {
            if character == "\\", let escaped = rest.popFirst() {
                value.append(escaped)
            } else {
                value.append(character)
            }
        }
        return value
    }
}

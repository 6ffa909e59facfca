/// How deep each line of a source file stands: braces that are open where it begins, or the columns that it is
/// indented.
///
/// Strings and comments are seen through, also over several lines.
struct LineLevels {
    struct Level: Hashable {
        let value: Int
        /// Begins with a closing bracket or `end`.
        let isClosing: Bool
        /// Begins with an opening brace or `where`.
        let isOpening: Bool
    }

    private enum State: Hashable {
        case code
        case blockComment
        /// A string over several lines, up to this delimiter.
        case text([UInt8])
    }

    private let language: SourceLanguage
    private var state = State.code
    private var depth = 0

    init(language: SourceLanguage) {
        self.language = language
    }

    /// To be called for every line in order.
    ///
    /// `nil` if the line begins within a comment or a string.
    mutating func level(of line: ArraySlice<UInt8>) -> Level? {
        let isInside = state != .code
        let before = depth
        scan(line)
        guard !isInside, let first = line.first(where: { !$0.isWhitespace }) else { return nil }
        let isClosing = Self.closers.contains(first) || language.structure == .indentation && line.trimmed.text == "end"
        let isOpening = first == UInt8(ascii: "{") || line.trimmed.starts(with: "where ".utf8)
        let value: Int
        switch language.structure {
        case .braces: value = isClosing ? max(0, before - 1) : before
        case .indentation: value = Self.columns(line)
        case .statements, .none: value = Self.beginsStatement(line) ? 0 : 1
        }
        return Level(value: value, isClosing: isClosing, isOpening: isOpening)
    }

    /// Those that do not also occur in the body of a function at the start of a line.
    private static func beginsStatement(_ line: ArraySlice<UInt8>) -> Bool {
        let word = line.prefix(16).prefix(while: \.isLetter).text.uppercased()
        return ["CREATE", "ALTER", "DROP", "INSERT", "GRANT", "COMMENT"].contains(word)
    }

    private static let closers = Array("})]".utf8)

    /// Tabs reach to the next multiple of eight, as Python counts.
    private static func columns(_ line: ArraySlice<UInt8>) -> Int {
        line.prefix(while: \.isWhitespace).reduce(0) { $1 == 0x09 ? ($0 / 8 + 1) * 8 : $0 + 1 }
    }

    private mutating func scan(_ line: ArraySlice<UInt8>) {
        var index = line.startIndex
        while index < line.endIndex {
            switch state {
            case .code: index = scanCode(line, at: index)
            case .blockComment: index = leave(at: Array("*/".utf8), line, from: index)
            case .text(let delimiter): index = leave(at: delimiter, line, from: index)
            }
        }
        // An unbalanced macro must not swallow the rest of the file: in C, a brace in the first column ends a function.
        if language == .c, line.first == UInt8(ascii: "}") { depth = 0 }
    }

    /// Consumes one token that begins at `index`; returns where the next begins.
    private mutating func scanCode(_ line: ArraySlice<UInt8>, at index: Int) -> Int {
        let rest = line[index...]
        if isLineComment(line, at: index) { return line.endIndex }
        if language.structure == .braces, language != .shell, rest.starts(with: "/*".utf8) {
            state = .blockComment
            return index + 2
        }
        if let delimiter = longDelimiter(rest) {
            state = .text(delimiter)
            return index + delimiter.count
        }
        switch line[index] {
        case 0x22: return Self.endOfString(line, from: index)
        // A lone apostrophe is a Rust lifetime or a word in a comment of an unknown kind.
        case 0x27: return Self.endOfCharacter(line, from: index, isString: isApostropheString)
        case UInt8(ascii: "{"): depth += 1
        case UInt8(ascii: "}"): depth = max(0, depth - 1)
        case UInt8(ascii: "\\"): return min(index + 2, line.endIndex)
        default: break
        }
        return index + 1
    }

    private var isApostropheString: Bool {
        ![.swift, .rust, .c, .cpp, .java, .kotlin, .go, .scala, .csharp].contains(language)
    }

    private func isLineComment(_ line: ArraySlice<UInt8>, at index: Int) -> Bool {
        let rest = line[index...]
        return switch language {
        case .lua, .sql: rest.starts(with: "--".utf8)
        case .python, .ruby, .elixir: rest.first == UInt8(ascii: "#")
        // `$#` and `${x#y}` are no comments.
        case .shell: rest.first == UInt8(ascii: "#") && (index == line.startIndex || line[index - 1].isWhitespace)
        default: rest.starts(with: "//".utf8)
        }
    }

    private func longDelimiter(_ rest: ArraySlice<UInt8>) -> [UInt8]? {
        let threefold = Array("\"\"\"".utf8)
        let apostrophes = Array("'''".utf8)
        if rest.starts(with: threefold) { return threefold }
        if language == .python, rest.starts(with: apostrophes) { return apostrophes }
        let hasBacktick = language == .javascript || language == .typescript || language == .go
        return hasBacktick && rest.first == UInt8(ascii: "`") ? Array("`".utf8) : nil
    }

    private mutating func leave(at delimiter: [UInt8], _ line: ArraySlice<UInt8>, from start: Int) -> Int {
        var index = start
        while index < line.endIndex {
            if line[index] == UInt8(ascii: "\\"), state != .blockComment {
                index += 2
            } else if line[index...].starts(with: delimiter) {
                state = .code
                return index + delimiter.count
            } else {
                index += 1
            }
        }
        return line.endIndex
    }

    private static func endOfString(_ line: ArraySlice<UInt8>, from start: Int) -> Int {
        var index = start + 1
        while index < line.endIndex, line[index] != line[start] {
            index += line[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        return min(index + 1, line.endIndex)
    }

    private static func endOfCharacter(_ line: ArraySlice<UInt8>, from start: Int, isString: Bool) -> Int {
        let end = endOfString(line, from: start)
        let longestEscape = 12
        return isString || end - start <= longestEscape && line[end - 1] == 0x27 ? end : start + 1
    }
}

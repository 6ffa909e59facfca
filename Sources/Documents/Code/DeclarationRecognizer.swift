/// A function or a type that a line of source code begins to declare.
struct Declaration: Hashable {
    let name: String
    /// Types, extensions, namespaces: what has members.
    let isType: Bool
}

/// Recognizes declarations by their first line.
///
/// Two ways: languages with an introducing word (`func`, `def`, `class` …) are looked up in a table after skipping
/// modifiers; for the C family, whose functions have none, a name before a parenthesis counts if only words that can be
/// a type precede it and the line is no statement.
struct DeclarationRecognizer {
    let language: SourceLanguage

    private static let longestLine = 1_000

    func declaration(in line: ArraySlice<UInt8>, isInType: Bool) -> Declaration? {
        guard line.count <= Self.longestLine else { return nil }
        let text = line.trimmed
        guard let first = text.first, first.isWordByte || first == UInt8(ascii: "~") else { return nil }
        if language == .sql { return statement(text) }
        if let found = introduced(text) { return found }
        switch language {
        case .c, .cpp, .java, .csharp: return prefixed(text, isInType: isInType)
        case .javascript, .typescript: return assigned(text) ?? (isInType ? method(text) : nil)
        case .php: return nil
        case .shell: return shellFunction(text)
        default: return nil
        }
    }

    // MARK: Introduced by a word

    private static let modifiers: Set<String> = [
        "public", "private", "protected", "internal", "package", "fileprivate", "open", "static", "final", "override",
        "mutating", "nonmutating", "async", "export", "default", "abstract", "virtual", "inline", "extern", "const",
        "unsafe", "pub", "sealed", "data", "suspend", "indirect", "convenience", "required", "nonisolated",
        "distributed", "dynamic", "partial", "readonly", "declare", "local", "consuming", "borrowing", "typedef",
        "isolated", "case", "lazy", "constexpr", "friend", "explicit", "operator", "infix", "implicit", "companion",
    ]

    private static let types: Set<String> = [
        "class", "struct", "enum", "protocol", "extension", "actor", "interface", "trait", "impl", "namespace",
        "module", "object", "record", "union", "mod", "defmodule",
    ]

    private static let functions: Set<String> = [
        "func", "fn", "def", "function", "fun", "init", "deinit", "subscript", "macro_rules", "defp", "defmacro",
    ]

    private func introduced(_ text: ArraySlice<UInt8>) -> Declaration? {
        var rest = text
        while true {
            let word = rest.prefix(while: \.isWordByte).text
            let after = rest.dropFirst(word.utf8.count)
            if Self.functions.contains(word), isIntroducer(word, before: after) { return function(word, after) }
            if Self.types.contains(word) { return type(word, after) }
            if language == .go, word == "type" { return goType(after) }
            guard Self.modifiers.contains(word) else { return nil }
            // `pub(crate)`, `private(set)`, `nonisolated(unsafe)`
            let tail = after.first == UInt8(ascii: "(") ? after.drop { $0 != UInt8(ascii: ")") }.dropFirst() : after
            rest = tail.drop(while: \.isWhitespace)
        }
    }

    private func isIntroducer(_ word: String, before rest: ArraySlice<UInt8>) -> Bool {
        switch word {
        case "init", "deinit", "subscript": language == .swift && (rest.first.map { "({<? ".utf8.contains($0) } ?? true)
        default:
            rest.first?.isWhitespace == true || rest.first == UInt8(ascii: "*") || rest.first == UInt8(ascii: "!")
                || language == .go
        }
    }

    private func function(_ word: String, _ rest: ArraySlice<UInt8>) -> Declaration? {
        guard !["init", "deinit", "subscript"].contains(word) else { return Declaration(name: word, isType: false) }
        var rest = rest.drop { $0.isWhitespace || $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "!") }
        var receiver = ""
        if language == .go, rest.first == UInt8(ascii: "(") {
            let inside = rest.dropFirst().prefix { $0 != UInt8(ascii: ")") }
            receiver = String(inside.text.split { $0 == " " || $0 == "*" || $0 == "[" }.last ?? "") + "."
            rest = rest.drop { $0 != UInt8(ascii: ")") }.dropFirst().drop(while: \.isWhitespace)
        }
        let name = rest.prefix {
            $0.isWordByte || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: ":")
        }
        // Operators have no letters: up to the parenthesis.
        let operatorName = rest.prefix { !$0.isWhitespace && $0 != UInt8(ascii: "(") && $0 != UInt8(ascii: "<") }
        let whole = name.isEmpty ? operatorName : name
        guard !whole.isEmpty else { return nil }
        return Declaration(name: receiver + whole.text.trimmingColons, isType: false)
    }

    private func type(_ word: String, _ rest: ArraySlice<UInt8>) -> Declaration? {
        guard rest.isEmpty || rest.first?.isWhitespace == true || rest.first == UInt8(ascii: "<") else { return nil }
        // A forward declaration, a variable of the type.
        guard rest.trimmed.last != UInt8(ascii: ";"), !(word != "impl" && rest.contains(UInt8(ascii: "="))) else {
            return nil
        }
        // `struct point origin(void) {` of C returns the type.
        guard language != .c || !rest.contains(UInt8(ascii: "(")) else { return nil }
        if word == "impl" {
            let name = rest.prefix { $0 != UInt8(ascii: "{") }.trimmed
            return Declaration(name: name.isEmpty ? word : "impl " + name.text, isType: true)
        }
        let spelled = rest.drop(while: \.isWhitespace)
        let name = spelled.prefix { $0.isWordByte || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":") }.text
            .trimmingColons
        guard !name.isEmpty || word == "namespace" || word == "enum" else { return nil }
        return Declaration(name: name.isEmpty ? word : name, isType: true)
    }

    private func goType(_ rest: ArraySlice<UInt8>) -> Declaration? {
        let name = rest.drop(while: \.isWhitespace).prefix(while: \.isWordByte)
        // Members of a Go type stand outside of it: nothing to look into.
        return name.isEmpty ? nil : Declaration(name: name.text, isType: false)
    }

    // MARK: Without a word

    private static let statements: Set<String> = [
        "if", "else", "for", "foreach", "while", "do", "switch", "return", "case", "try", "catch", "finally", "throw",
        "new",
        "delete", "using", "goto", "assert", "await", "yield", "sizeof", "import", "require", "super", "this", "lock",
    ]

    /// `static int foo(int a)`, `Foo::Bar() {`, `~Foo()`.
    private func prefixed(_ text: ArraySlice<UInt8>, isInType: Bool) -> Declaration? {
        guard let paren = text.firstIndex(of: UInt8(ascii: "(")), text.last != UInt8(ascii: ";"),
            text.last != UInt8(ascii: ",")
        else {
            return nil
        }
        let head = text[..<paren].trimmed
        let isPlain = head.allSatisfy { $0.isWordByte || $0.isWhitespace || "*&:<>,~[]?.".utf8.contains($0) }
        let words = head.split { $0.isWhitespace || $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "&") }
        guard isPlain, let name = words.last, let first = words.first, !Self.statements.contains(first.text) else {
            return nil
        }
        // One word alone is a constructor in a type, a member outside of one, or C with the type on the line above.
        guard words.count > 1 || isInType || language == .c || name.contains(UInt8(ascii: ":")) else { return nil }
        return Declaration(name: name.text, isType: false)
    }

    /// `const foo = async (a) => {`, `export const foo = function`.
    private func assigned(_ text: ArraySlice<UInt8>) -> Declaration? {
        guard let sign = text.firstIndex(of: UInt8(ascii: "=")) else { return nil }
        let words = text[..<sign].split { $0.isWhitespace || $0 == UInt8(ascii: ":") }.map(\.text)
        guard let keyword = words.firstIndex(where: { ["const", "let", "var"].contains($0) }), keyword < 2,
            keyword + 1 < words.count
        else { return nil }
        let value = text[sign...].text
        guard value.contains("=>") || value.contains("function") else { return nil }
        return Declaration(name: words[keyword + 1], isType: false)
    }

    /// `render(props) {` within a class.
    private func method(_ text: ArraySlice<UInt8>) -> Declaration? {
        guard let paren = text.firstIndex(of: UInt8(ascii: "(")), text.last == UInt8(ascii: "{") else { return nil }
        let words = text[..<paren].split(whereSeparator: \.isWhitespace)
        guard let name = words.last, let first = words.first, !Self.statements.contains(first.text),
            name.allSatisfy({ $0.isWordByte || $0 == UInt8(ascii: "$") || $0 == UInt8(ascii: "#") })
        else { return nil }
        return Declaration(name: name.text, isType: false)
    }

    /// A name and an empty pair of parentheses: `deploy() {`.
    private func shellFunction(_ text: ArraySlice<UInt8>) -> Declaration? {
        let name = text.prefix { $0.isWordByte || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ":") }
        let rest = text.dropFirst(name.count).drop(while: \.isWhitespace)
        return !name.isEmpty && rest.starts(with: "()".utf8) ? Declaration(name: name.text, isType: false) : nil
    }

    /// `CREATE OR REPLACE FUNCTION app.total(…)`: every word in capitals or not.
    private func statement(_ text: ArraySlice<UInt8>) -> Declaration? {
        let words = text.split(maxSplits: 8) { $0.isWhitespace || $0 == UInt8(ascii: "(") }.map(\.text)
        let kinds: Set<String> = ["TABLE", "VIEW", "FUNCTION", "PROCEDURE", "TRIGGER", "INDEX", "TYPE", "SCHEMA"]
        guard words.first?.uppercased() == "CREATE" || words.first?.uppercased() == "ALTER" else { return nil }
        guard let kind = words.firstIndex(where: { kinds.contains($0.uppercased()) }) else { return nil }
        let skipped: Set<String> = ["IF", "NOT", "EXISTS", "CONCURRENTLY", "ONLY"]
        let name = words[(kind + 1)...].first { !skipped.contains($0.uppercased()) }
        return name.map { Declaration(name: $0, isType: false) }
    }
}

extension String {
    /// Without colons at the end, which belong to Python's and C++'s grammar and not to the name.
    fileprivate var trimmingColons: String {
        var name = self[...]
        while name.hasSuffix(":") { name.removeLast() }
        return String(name)
    }
}

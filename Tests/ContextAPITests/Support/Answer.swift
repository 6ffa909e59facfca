import ContextCore
import FoundationEssentials
import HTTP
import Testing

/// What the server said.
struct Answer: Sendable {
    var status: Int
    var headers: HTTPHeaders
    var bytes: [UInt8]

    init(_ response: HTTPResponse) {
        status = response.status.rawValue
        headers = response.headers
        if case .bytes(let bytes) = response.body { self.bytes = bytes } else { bytes = [] }
    }

    init(status: Int, headers: HTTPHeaders, bytes: [UInt8]) {
        self.status = status
        self.headers = headers
        self.bytes = bytes
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// `null` for what is no JSON.
    var body: JSONValue { (try? JSONDecoder().decode(JSONValue.self, from: Data(bytes))) ?? .null }

    func json(status expected: Int, sourceLocation: SourceLocation = #_sourceLocation) throws -> JSONValue {
        try #require(status == expected, "\(text)", sourceLocation: sourceLocation)
        #expect(headers["Content-Type"] == "application/json", sourceLocation: sourceLocation)
        return try JSONDecoder().decode(JSONValue.self, from: Data(bytes))
    }

    /// Checks the one form of errors, and that the sentence is for the caller.
    func expectError(
        _ expected: Int,
        _ code: String? = nil,
        param: String? = nil,
        says words: String...,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(status == expected, "\(text.prefix(400))", sourceLocation: sourceLocation)
        expectErrorForm(sourceLocation: sourceLocation)
        if let code { #expect(body["error"]["code"] == .string(code), "\(text)", sourceLocation: sourceLocation) }
        if let param { #expect(body["error"]["param"] == .string(param), "\(text)", sourceLocation: sourceLocation) }
        for word in words { #expect(text.contains(word), sourceLocation: sourceLocation) }
    }

    func expectErrorForm(sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(headers["Content-Type"] == "application/json", sourceLocation: sourceLocation)
        #expect(body.names == ["error"], "\(text.prefix(400))", sourceLocation: sourceLocation)
        let error = body["error"]
        #expect(error.names == ["code", "message", "param", "type"], sourceLocation: sourceLocation)
        #expect(error["code"].isString && error["type"].isString, sourceLocation: sourceLocation)
        #expect(error["param"] == .null || error["param"].isString, sourceLocation: sourceLocation)
        let message = error["message"].stringValue ?? ""
        #expect(message.count > 10 && ".”?)".contains(message.last ?? " "), "\(message)", sourceLocation: sourceLocation)
        #expect(Self.leaks(in: message) == [], "\(message)", sourceLocation: sourceLocation)
    }

    /// Words that only the inside of a server uses.
    static func leaks(in message: String) -> [String] {
        let inner = [
            "SELECT ", "INSERT ", "sqlite", "SQLError", "Swift", ".swift", "NSCocoa", "Error Domain", "Optional(",
            "Decod", "CodingKey", "Dictionary<", "Array<", "/tmp", "/root", "/home", "/usr", "Sources/", "0x0000",
            "Cannot initialize",
        ]
        return inner.filter(message.contains)
    }
}

extension JSONValue {
    /// A member, or `null`.
    subscript(name: String) -> JSONValue { objectValue?[name] ?? .null }

    subscript(index: Int) -> JSONValue { elements.indices.contains(index) ? elements[index] : .null }

    var names: [String] { (objectValue ?? [:]).keys.sorted() }

    var elements: [JSONValue] { if case .array(let elements) = self { elements } else { [] } }

    var strings: [String] { elements.compactMap(\.stringValue) }

    var isString: Bool { stringValue != nil }

    var number: Double? { if case .number(let value) = self { value } else { nil } }

    var integer: Int? { number.flatMap { Int(exactly: $0) } }

    static func number(_ value: Int) -> JSONValue { .number(Double(value)) }

    /// This object with some members laid over it.
    func with(_ members: JSONValue) -> JSONValue { merging(members) }

    func without(_ name: String) -> JSONValue { .object((objectValue ?? [:]).filter { $0.key != name }) }
}

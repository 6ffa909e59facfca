import ContextCore
import FoundationEssentials
import Runtime

/// One thing that can be set: its key, its variables, what it takes, and where its value lives.
///
/// Reading, `roost config` and the table in the documentation all come from ``all``.
struct Setting: Sendable {
    /// As the file nests it: `server.port`.
    let path: String

    /// The variables that override the file; the first that is set wins.
    let variables: [String]
    let kind: Kind

    /// Whether `null` is a value.
    let isOptional: Bool
    let summary: String

    let read: @Sendable (Configuration) -> JSONValue

    /// Takes a value that ``Kind/accept(_:)`` has let through.
    let write: @Sendable (inout Configuration, JSONValue) -> Void

    init(
        _ path: String,
        _ kind: Kind,
        isOptional: Bool = false,
        also plainNames: [String] = [],
        _ summary: String,
        read: @escaping @Sendable (Configuration) -> JSONValue,
        write: @escaping @Sendable (inout Configuration, JSONValue) -> Void
    ) {
        self.path = path
        self.kind = kind
        self.isOptional = isOptional
        self.summary = summary
        self.read = read
        self.write = write
        variables = [Self.variable(for: path)] + plainNames
    }

    /// `server.port` is `ROOST_SERVER_PORT`.
    private static func variable(for path: String) -> String {
        "ROOST_" + path.uppercased().map { $0 == "." ? "_" : String($0) }.joined()
    }

    /// What the setting holds, as it may be shown: also an object may hold a key.
    func shown(in configuration: Configuration) -> JSONValue {
        let value = read(configuration)
        switch kind {
        case .secret where value != .null: return .string("***")
        case .textOrObject: return value.stringValue.flatMap(Self.maskingKey) ?? value
        default: return value
        }
    }

    /// The object in `text` with its `api_key` masked; `nil` for what is no object.
    private static func maskingKey(in text: String) -> JSONValue? {
        guard let object = try? JSONDecoder().decode(JSONValue.self, from: Data(text.utf8)),
            let members = object.objectValue
        else { return nil }
        return members["api_key"] == nil ? object : object.merging(["api_key": "***"])
    }
}

extension Setting {
    typealias Key<Value> = any WritableKeyPath<Configuration, Value> & Sendable

    static func text(_ path: String, _ key: Key<String>, _ summary: String, also names: [String] = []) -> Setting {
        Setting(path, .text, also: names, summary, read: { .string($0[keyPath: key]) }) { configuration, value in
            if let text = value.stringValue { configuration[keyPath: key] = text }
        }
    }

    static func optionalText(
        _ path: String,
        _ key: Key<String?>,
        _ summary: String,
        kind: Kind = .text,
        also names: [String] = []
    ) -> Setting {
        Setting(
            path,
            kind,
            isOptional: true,
            also: names,
            summary,
            read: { $0[keyPath: key].map(JSONValue.string) ?? .null },
            write: { $0[keyPath: key] = $1.text }
        )
    }

    static func secret(_ path: String, _ key: Key<Secret?>, _ summary: String, also names: [String] = []) -> Setting {
        Setting(
            path,
            .secret,
            isOptional: true,
            also: names,
            summary,
            read: { $0[keyPath: key] == nil ? .null : .string("***") },
            write: { $0[keyPath: key] = $1.stringValue.map(Secret.init) }
        )
    }

    static func choice(
        _ path: String,
        _ key: Key<String>,
        _ names: [String],
        _ summary: String,
        also variables: [String] = []
    ) -> Setting {
        Setting(path, .choice(names), also: variables, summary, read: { .string($0[keyPath: key]) }) {
            configuration,
            value in
            if let text = value.stringValue { configuration[keyPath: key] = text }
        }
    }

    static func integer<Value: FixedWidthInteger & Sendable>(
        _ path: String,
        _ key: Key<Value>,
        _ range: ClosedRange<Int>,
        _ summary: String,
        also names: [String] = []
    ) -> Setting {
        Setting(path, .integer(range), also: names, summary, read: { .number(Double($0[keyPath: key])) }) {
            if let number = $1.numberValue { $0[keyPath: key] = Value(clamping: Int(number)) }
        }
    }

    static func optionalInteger(
        _ path: String,
        _ key: Key<Int?>,
        _ range: ClosedRange<Int>,
        _ summary: String
    ) -> Setting {
        Setting(
            path,
            .integer(range),
            isOptional: true,
            summary,
            read: { $0[keyPath: key].map { .number(Double($0)) } ?? .null },
            write: { $0[keyPath: key] = $1.numberValue.map { Int($0) } }
        )
    }

    static func number(
        _ path: String,
        _ key: Key<Double>,
        _ range: ClosedRange<Double>,
        _ summary: String
    ) -> Setting {
        Setting(path, .number(range), summary, read: { .number($0[keyPath: key]) }) {
            if let number = $1.numberValue { $0[keyPath: key] = number }
        }
    }

    static func flag(_ path: String, _ key: Key<Bool>, _ summary: String, also names: [String] = []) -> Setting {
        Setting(path, .flag, also: names, summary, read: { .bool($0[keyPath: key]) }) {
            if case .bool(let value) = $1 { $0[keyPath: key] = value }
        }
    }

    static func names(_ path: String, _ key: Key<[String]>, _ summary: String) -> Setting {
        Setting(path, .names, summary, read: { .array($0[keyPath: key].map(JSONValue.string)) }) {
            if case .array(let values) = $1 { $0[keyPath: key] = values.compactMap(\.stringValue) }
        }
    }

    static func seconds(
        _ path: String,
        _ key: Key<Duration>,
        _ range: ClosedRange<Double>,
        _ summary: String
    ) -> Setting {
        Setting(path, .number(range), summary, read: { .number($0[keyPath: key] / .seconds(1)) }) {
            if let number = $1.numberValue { $0[keyPath: key] = .milliseconds(Int64(number * 1_000)) }
        }
    }
}

extension JSONValue {
    var numberValue: Double? {
        if case .number(let value) = self { value } else { nil }
    }

    /// With `***` in place of each `api_key`, to be shown.
    var maskingKeys: JSONValue {
        guard let members = objectValue else { return self }
        return .object(
            Dictionary(uniqueKeysWithValues: members.map { ($0, $0 == "api_key" ? "***" : $1.maskingKeys) })
        )
    }

    /// A string as it is, anything else but `null` as JSON.
    fileprivate var text: String? { self == .null ? nil : plainText }
}

import ContextCore
import FoundationEssentials
import Runtime

/// The configuration with the origin of each value that is not the default.
struct EffectiveConfiguration: Sendable {
    var values: Configuration
    var file: String?
    var origins: [String: ConfigurationOrigin] = [:]

    func origin(of setting: Setting) -> ConfigurationOrigin { origins[setting.path] ?? .preset }
}

/// Lays defaults, file, environment and command line over each other; what comes later wins.
struct ConfigurationReader {
    let environment: Environment

    /// Where `roost.json` is looked for first.
    var workingDirectory = "."

    /// The key and value of a setting with the option that gave it.
    typealias Override = (path: String, value: JSONValue, option: String)

    /// - Parameters:
    ///   - file: given on the command line: then it must exist.
    ///   - dataDirectory: given on the command line; else `ROOST_DATA`, else `~/.roost`.
    /// - Throws: ``ConfigurationError``
    func read(file: String?, dataDirectory: String?, overrides: [Override] = []) throws -> EffectiveConfiguration {
        let data = try self.dataDirectory(dataDirectory)
        var effective = EffectiveConfiguration(values: Configuration(dataDirectory: data))
        effective.values.homeDirectory = environment["HOME"] ?? ""
        if let path = try locate(file, dataDirectory: data) {
            effective.file = path
            try apply(try document(at: path), from: path, to: &effective)
        }
        try applyEnvironment(to: &effective)
        for override in overrides {
            guard let setting = Setting.all.first(where: { $0.path == override.path }) else { continue }
            try apply(override.value, to: setting, from: .commandLine(override.option), in: &effective)
        }
        try effective.values.check()
        return effective
    }

    /// - Throws: ``ConfigurationError`` for an empty path, and for `~` without a home: both would end at the root of the file
    ///   system.
    private func dataDirectory(_ option: String?) throws(ConfigurationError) -> String {
        let named = option ?? environment["ROOST_DATA"]
        guard named != "" else {
            throw .contradiction("The data directory is empty: name one with --data DIR.")
        }
        let path = named ?? "~/.roost"
        guard !path.hasPrefix("~") || environment["HOME"]?.isEmpty == false else {
            throw .contradiction("The data directory is \(path), and HOME is not set: name another with --data DIR.")
        }
        return expandHome(path)
    }

    private func locate(_ file: String?, dataDirectory: String) throws -> String? {
        if let file = file ?? environment["ROOST_CONFIG"] { return expandHome(file) }
        return [workingDirectory, dataDirectory].map { $0 + "/roost.json" }.first(where: FileSystem.exists)
    }

    private func document(at path: String) throws -> JSONValue {
        let bytes: [UInt8]
        do {
            bytes = try FileSystem.read(path)
        } catch {
            throw ConfigurationError.unreadable(file: path, reason: "\(error)")
        }
        do {
            return try JSONDecoder().decode(JSONValue.self, from: Data(bytes))
        } catch let error as DecodingError {
            throw ConfigurationError.malformed(file: path, reason: error.sentence)
        }
    }

    private func apply(_ document: JSONValue, from file: String, to effective: inout EffectiveConfiguration) throws {
        guard document.objectValue != nil else {
            throw ConfigurationError.malformed(file: file, reason: "the file holds one object, {…}.")
        }
        for (path, value) in try SettingPaths.leaves(of: document, file: file) {
            guard let setting = Setting.all.first(where: { $0.path == path }) else { continue }
            guard let value = try expandVariables(value, in: setting, file: file) else { continue }
            try apply(value, to: setting, from: .file(file), in: &effective)
        }
    }

    private func applyEnvironment(to effective: inout EffectiveConfiguration) throws {
        for setting in Setting.all {
            guard let name = setting.variables.first(where: { environment[$0] != nil }), let text = environment[name]
            else {
                continue
            }
            try apply(setting.kind.parse(text) ?? .string(text), to: setting, from: .environment(name), in: &effective)
        }
    }

    private func apply(
        _ value: JSONValue,
        to setting: Setting,
        from origin: ConfigurationOrigin,
        in effective: inout EffectiveConfiguration
    ) throws {
        let accepted = setting.isOptional && value == .null ? JSONValue.null : setting.kind.accept(value)
        guard var accepted else {
            throw ConfigurationError.wrongValue(
                setting.path,
                origin: origin,
                found: setting.kind == .secret ? "not a text" : value.description.clipped(to: 80),
                expected: setting.kind.expectation + (setting.isOptional ? " or null" : "")
            )
        }
        if setting.kind == .path, let path = accepted.stringValue { accepted = .string(expandHome(path)) }
        setting.write(&effective.values, accepted)
        effective.origins[setting.path] = origin
    }

    func expandHome(_ path: String) -> String {
        guard path == "~" || path.hasPrefix("~/") else { return path }
        return (environment["HOME"] ?? "") + path.dropFirst()
    }
}

extension ConfigurationReader {
    /// `value` with `${NAME}` replaced; `nil` leaves an optional setting alone whose only content is a variable that is
    /// not set, so that one file serves with and without a key.
    private func expandVariables(_ value: JSONValue, in setting: Setting, file: String) throws -> JSONValue? {
        if case .object(let members) = value {
            return .object(try members.compactMapValues { try expandVariables($0, in: setting, file: file) })
        }
        guard case .string(let text) = value else { return value }
        var expanded = ""
        var rest = text[...]
        while let start = rest.range(of: "${"), let end = rest[start.upperBound...].firstIndex(of: "}") {
            let name = String(rest[start.upperBound..<end])
            guard let content = environment[name] else {
                if setting.isOptional, text == "${\(name)}" { return nil }
                throw ConfigurationError.missingVariable(name, path: setting.path, file: file)
            }
            expanded += rest[..<start.lowerBound] + content
            rest = rest[rest.index(after: end)...]
        }
        return .string(expanded + rest)
    }
}

extension Substring {
    /// `FoundationEssentials` has no search for a text.
    fileprivate func range(of text: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}

extension DecodingError {
    /// Without the decoder's own wrapping, which names types of this program.
    var sentence: String {
        guard case .dataCorrupted(let context) = self, let cause = context.underlyingError else { return "\(self)" }
        return "\(cause)"
    }
}

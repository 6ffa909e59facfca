import ContextCore

/// A setting that can't be used.
///
/// The description says where it stands, what it is, and what is expected.
enum ConfigurationError: Error, Equatable, CustomStringConvertible {
    case unreadable(file: String, reason: String)
    case malformed(file: String, reason: String)
    case unknownKey(String, file: String, nearest: String?)
    case wrongValue(String, origin: ConfigurationOrigin, found: String, expected: String)
    case missingVariable(String, path: String, file: String)
    case contradiction(String)

    var description: String {
        switch self {
        case .unreadable(let file, let reason): "The configuration file \(file) can't be read: \(reason)."
        case .malformed(let file, let reason): "The configuration file \(file) is not valid JSON: \(reason)"
        case .unknownKey(let key, let file, let nearest):
            "Unknown key “\(key)” in \(file)." + (nearest.map { " Did you mean “\($0)”?" } ?? "")
        case .wrongValue(let path, let origin, let found, let expected):
            "\(path) is \(found) (\(origin)): expected \(expected)."
        case .missingVariable(let name, let path, let file):
            "\(path) in \(file) refers to the variable \(name), which is not set."
        case .contradiction(let sentence): sentence
        }
    }
}

/// Where a value came from.
enum ConfigurationOrigin: Hashable, Sendable, CustomStringConvertible {
    case preset
    case file(String)
    case environment(String)
    case commandLine(String)

    var description: String {
        switch self {
        case .preset: "default"
        case .file(let path): path
        case .environment(let name): "environment \(name)"
        case .commandLine(let option): "command line \(option)"
        }
    }
}

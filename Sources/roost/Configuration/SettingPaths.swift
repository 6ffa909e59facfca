import ContextCore

/// Which keys there are, and which one was probably meant.
enum SettingPaths {
    /// The settings' values in `document` by path, in the order of the paths.
    ///
    /// - Throws: ``ConfigurationError`` for a key that no setting has, and for a value where a group of keys belongs.
    static func leaves(of document: JSONValue, file: String) throws(ConfigurationError) -> [(
        path: String, value: JSONValue
    )] {
        var leaves: [(path: String, value: JSONValue)] = []
        try collect(document, under: "", file, into: &leaves)
        return leaves
    }

    private static let known = Set(Setting.all.map(\.path))

    private static func collect(
        _ value: JSONValue,
        under path: String,
        _ file: String,
        into leaves: inout [(path: String, value: JSONValue)]
    ) throws(ConfigurationError) {
        guard !known.contains(path) else { return leaves.append((path, value)) }
        let prefix = path.isEmpty ? "" : path + "."
        guard known.contains(where: { $0.hasPrefix(prefix) }) else {
            throw .unknownKey(path, file: file, nearest: nearest(to: path))
        }
        guard let members = value.objectValue else {
            throw .wrongValue(
                path,
                origin: .file(file),
                found: value.description.clipped(to: 80),
                expected: "an object"
            )
        }
        for (key, value) in members.sorted(by: { $0.key < $1.key }) {
            try collect(value, under: prefix + key, file, into: &leaves)
        }
    }

    /// The setting or group whose path is most like `path`; `nil` when none is at all.
    static func nearest(to path: String) -> String? {
        var candidates = known
        for known in known {
            let parts = known.split(separator: ".")
            for count in 1..<max(2, parts.count) { candidates.insert(parts.prefix(count).joined(separator: ".")) }
        }
        return EditDistance.nearest(to: path, in: candidates.sorted())
    }
}

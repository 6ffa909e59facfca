/// The rules of one ignore file, with the semantics of gitignore(5).
///
/// Pure: paths are text. What lies in an ignored directory is ignored too, because a walk does not enter it; a rule
/// further down cannot bring it back, as in Git.
package struct IgnoreRules: Hashable, Sendable {
    private struct Rule: Hashable, Sendable {
        let glob: Glob
        let isNegated: Bool
        let isDirectoryOnly: Bool
        /// Has a slash in it, so it counts from the file's own directory; otherwise it names what lies at any depth.
        let isAnchored: Bool
    }

    private let rules: [Rule]

    package init(_ text: String) {
        rules = SourceText(text).lines.compactMap(Self.rule)
    }

    package var isEmpty: Bool { rules.isEmpty }

    /// Whether `path`, relative to the rules' directory, is ignored (`true`), brought back (`false`) or not mentioned
    /// (`nil`).
    ///
    /// The last rule that matches decides.
    package func verdict(on path: String, isDirectory: Bool) -> Bool? {
        verdict(on: path.utf8.split(separator: UInt8(ascii: "/")).map(Array.init)[...], isDirectory: isDirectory)
    }

    func verdict(on components: ArraySlice<[UInt8]>, isDirectory: Bool) -> Bool? {
        rules.last { rule in
            (isDirectory || !rule.isDirectoryOnly)
                && rule.glob.matches(rule.isAnchored ? components : components.suffix(1))
        }
        .map { !$0.isNegated }
    }

    private static func rule(_ line: ArraySlice<UInt8>) -> Rule? {
        var pattern = withoutTrailingSpace(line)
        guard let first = pattern.first, first != UInt8(ascii: "#") else { return nil }
        let isNegated = first == UInt8(ascii: "!")
        if isNegated { pattern = pattern.dropFirst() }
        let isDirectoryOnly = pattern.last == UInt8(ascii: "/")
        if isDirectoryOnly { pattern = pattern.dropLast() }
        let isAnchored = pattern.contains(UInt8(ascii: "/"))
        guard pattern.contains(where: { $0 != UInt8(ascii: "/") }) else { return nil }
        return Rule(
            glob: Glob(pattern),
            isNegated: isNegated,
            isDirectoryOnly: isDirectoryOnly,
            isAnchored: isAnchored
        )
    }

    /// Spaces at the end count only behind a backslash.
    private static func withoutTrailingSpace(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var line = line
        while let last = line.last, last == 0x20 || last == 0x09 {
            guard line.dropLast().last != UInt8(ascii: "\\") else { return line }
            line = line.dropLast()
        }
        return line
    }
}

/// A pattern of `.gitignore` without its `!` and slashes at the ends: components, each with `*`, `?` and `[…]`.
///
/// Matching is two greedy walks, one over components (where `**` stands for any number of them) and one over bytes
/// (where `*` does), each remembering only its last star: O(pattern × path), no pattern can make it explode.
struct Glob: Hashable, Sendable {
    private let components: [[UInt8]]

    init(_ pattern: ArraySlice<UInt8>) {
        components = pattern.split(separator: UInt8(ascii: "/")).map(Array.init)
    }

    /// Whether the whole path, cut into components, matches.
    func matches(_ path: ArraySlice<[UInt8]>) -> Bool {
        // `a/**` is what lies inside of `a`, not `a` itself.
        let needsMore = components.count > 1 && components.last == Self.anyDepth
        guard !needsMore || Self.walk(components.dropLast() + [Self.any, Self.anyDepth], Array(path)) else {
            return false
        }
        return needsMore || Self.walk(components, Array(path))
    }

    private static let anyDepth = Array("**".utf8)
    private static let any = Array("*".utf8)

    private static func walk(_ pattern: [[UInt8]], _ path: [[UInt8]]) -> Bool {
        var (p, t) = (0, 0)
        var star: (pattern: Int, path: Int)?
        while t < path.count {
            if p < pattern.count, pattern[p] == anyDepth {
                star = (p, t)
                p += 1
            } else if p < pattern.count, matches(pattern[p], path[t]) {
                p += 1
                t += 1
            } else if let last = star {
                star = (last.pattern, last.path + 1)
                (p, t) = (last.pattern + 1, last.path + 1)
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == anyDepth }
    }

    /// One component.
    private static func matches(_ pattern: [UInt8], _ name: [UInt8]) -> Bool {
        var (p, t) = (0, 0)
        var star: (pattern: Int, name: Int)?
        while t < name.count {
            if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
                star = (p, t)
                p += 1
            } else if p < pattern.count, let length = one(pattern, at: p, name[t]) {
                p += length
                t += 1
            } else if let last = star {
                star = (last.pattern, last.name + 1)
                (p, t) = (last.pattern + 1, last.name + 1)
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
    }

    /// The length of the pattern's element at `index` if it matches `byte`.
    private static func one(_ pattern: [UInt8], at index: Int, _ byte: UInt8) -> Int? {
        switch pattern[index] {
        case UInt8(ascii: "?"): return 1
        case UInt8(ascii: "\\") where index + 1 < pattern.count: return pattern[index + 1] == byte ? 2 : nil
        case UInt8(ascii: "["):
            // As in Git, a bracket that is not closed matches nothing.
            guard let (isMember, length) = set(pattern, at: index, byte) else { return nil }
            return isMember ? length : nil
        default: return pattern[index] == byte ? 1 : nil
        }
    }

    /// `[a-z]`, `[!a-z]`, `[]]`; `nil` if the bracket is not closed.
    private static func set(_ pattern: [UInt8], at start: Int, _ byte: UInt8) -> (isMember: Bool, length: Int)? {
        var index = start + 1
        let isNegated = index < pattern.count && "!^".utf8.contains(pattern[index])
        if isNegated { index += 1 }
        var isMember = false
        let first = index
        while index < pattern.count {
            if pattern[index] == UInt8(ascii: "]"), index > first {
                return (isMember != isNegated, index + 1 - start)
            }
            if pattern[index] == UInt8(ascii: "\\"), index + 1 < pattern.count { index += 1 }
            let low = pattern[index]
            let isRange = index + 2 < pattern.count && pattern[index + 1] == UInt8(ascii: "-")
            let high = isRange && pattern[index + 2] != UInt8(ascii: "]") ? pattern[index + 2] : low
            if low <= byte, byte <= high { isMember = true }
            index += high == low && !(isRange && pattern[index + 2] == low) ? 1 : 3
        }
        return nil
    }
}

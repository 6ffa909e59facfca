import Synchronization

/// Names of requests.
enum RequestID {
    /// The proposed name if it is short and of harmless characters, else a new one.
    static func make(from proposed: String?) -> String {
        if let proposed, isSane(proposed) { return proposed }
        return hexadecimal(mixed(counter.wrappingAdd(1, ordering: .relaxed).newValue))
    }

    static func isSane(_ id: String) -> Bool {
        (1...128).contains(id.utf8.count)
            && id.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x3A: true
                default: false
                }
            }
    }

    private static let counter = Atomic<UInt64>(UInt64.random(in: 0 ... .max))

    /// SplitMix64's finisher (Steele, Lea, Flood 2014): a bijection, so no name comes twice in 2^64 requests, and neighbours
    /// look nothing alike.
    private static func mixed(_ number: UInt64) -> UInt64 {
        var x = number &* 0x9E37_79B9_7F4A_7C15
        x = (x ^ (x >> 30)) &* 0xBF58_476D_1CE4_E5B9
        x = (x ^ (x >> 27)) &* 0x94D0_49BB_1331_11EB
        return x ^ (x >> 31)
    }

    private static func hexadecimal(_ number: UInt64) -> String {
        String(unsafeUninitializedCapacity: 16) { bytes in
            for position in 0..<16 {
                let digit = UInt8(truncatingIfNeeded: number >> (60 - 4 * UInt64(position)) & 15)
                bytes[position] = digit < 10 ? 0x30 + digit : 0x57 + digit
            }
            return 16
        }
    }
}

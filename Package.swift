// swift-tools-version: 6.2
import PackageDescription

// Layers, lowest first. A target imports what stands above it in this list, never what stands below.
//
//   C libraries   CLinux · CSQLite · CCurl · CBeast · COneDNN · …     one library each, no type of theirs leaves its Swift target
//   platform      Runtime · SQL · HTTP · VectorSearch · KeywordSearch · Documents     know nothing of language models
//   domain        ContextCore · Embeddings · LanguageModels · Retrieval · ContextEngine
//   surface       ContextAPI · roost
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

/// Number crunching is unusable at -O0, and a debug build runs the same tests.
let optimized: [CSetting] = [.unsafeFlags(["-O3", "-Wall", "-Wextra", "-Werror"])]
let optimizedCXX: [CXXSetting] = [.unsafeFlags(["-O2", "-Wall", "-Wextra"])]

func library(_ name: String, _ dependencies: Target.Dependency...) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: Target.Dependency..., resources: [Resource]? = nil) -> Target {
    .testTarget(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

let package = Package(
    name: "roost",
    platforms: [.macOS(.v15)],
    products: [],
    targets: [
        // What a process needs from Linux: services, signals, log, metrics, bridges to C.
        library("Runtime"),

        // One way to talk to a database: bound SQL, migrations, SQLite.

        // Server, router, server-sent events, WebSocket, client.
        .target(
            name: "CBeast",
            cxxSettings: optimizedCXX + [
                .define("BOOST_ASIO_NO_DEPRECATED"),
                .define("BOOST_ASIO_DISABLE_VISIBILITY"),
                .define("BOOST_BEAST_USE_STD_STRING_VIEW"),
            ],
            linkerSettings: [.linkedLibrary("ssl"), .linkedLibrary("crypto")]
        ),
        .target(
            name: "CCurl",
            cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror"])],
            linkerSettings: [.linkedLibrary("curl")]
        ),
        library("HTTP", "Runtime", "CBeast", "CCurl"),

        // Index algorithms over arrays of numbers.

        // Words: segmentation, stemming, an inverted index with BM25.

        // A file becomes sections, sections become chunks.

        // The vocabulary: values only.
        library("ContextCore"),

        // Text becomes vectors.

        // Tests, in the same order.
        tests("RuntimeTests", "Runtime"),
        tests("HTTPTests", "HTTP", "Runtime"),
        tests("ContextCoreTests", "ContextCore"),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx20
)

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

        // One way to talk to a database: bound SQL, migrations, SQLite.

        // Server, router, server-sent events, WebSocket, client.

        // Index algorithms over arrays of numbers.

        // Words: segmentation, stemming, an inverted index with BM25.

        // A file becomes sections, sections become chunks.
        .systemLibrary(name: "CMark", providers: [.apt(["libcmark-dev"])]),
        .systemLibrary(name: "CXML2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CSpawn", cSettings: optimized),
        library("Documents", "CMark", "CXML2", "CZlib", "CSpawn"),

        // The vocabulary: values only.
        library("ContextCore"),

        // Text becomes vectors.

        // Tests, in the same order.
        tests("DocumentsTests", "Documents"),
        tests("ContextCoreTests", "ContextCore"),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx20
)

// swift-tools-version: 6.2
import PackageDescription

// Layers, lowest first. A target imports what stands above it in this list, never what stands below.
//
//   platform      Runtime · SQL · HTTP · JSONWebTokens · VectorSearch · KeywordSearch · Documents
//                 know nothing of language models
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
    platforms: [.macOS(.v15), .iOS(.v18), .tvOS(.v18), .watchOS(.v11), .visionOS(.v2)],
    products: [
        .executable(name: "roost", targets: ["roost"]),
        .library(name: "RoostClient", targets: ["RoostClient"]),
    ],
    targets: [
        // What a process needs from Linux: services, signals, log, metrics, bridges to C.
        .systemLibrary(name: "CCrypto", providers: [.apt(["libssl-dev"])]),
        .target(name: "CThreadSanitizer", cSettings: optimized),
        library("Runtime", "CCrypto", "CThreadSanitizer"),

        // One way to talk to a database: bound SQL, migrations, SQLite.
        .systemLibrary(name: "CSQLite", providers: [.apt(["libsqlite3-dev"])]),
        library("SQL", "Runtime", "CSQLite"),

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
        .systemLibrary(name: "CEpoll"),
        library("HTTP", "Runtime", "CBeast", "CCurl", "CEpoll"),

        // Signed claims: JSON Web Tokens and their keys; JSON that is read where it lies.
        .target(name: "CJSONScanner", cxxSettings: optimizedCXX + [.unsafeFlags(["-Werror"])]),
        library("JSONWebTokens", "Runtime", "CCrypto", "CJSONScanner"),

        // Index algorithms over arrays of numbers.
        .target(name: "CVectorKernels", cSettings: optimized),
        library("VectorSearch", "CVectorKernels"),

        // Words: segmentation, stemming, an inverted index with BM25.
        .systemLibrary(name: "CStemmer", providers: [.apt(["libstemmer-dev"])]),
        library("KeywordSearch", "CStemmer"),

        // A file becomes sections, sections become chunks.
        .systemLibrary(name: "CMark", providers: [.apt(["libcmark-dev"])]),
        .systemLibrary(name: "CXML2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CSpawn", cSettings: optimized),
        library("Documents", "CMark", "CXML2", "CZlib", "CSpawn"),

        // The vocabulary: values only.
        library("ContextCore"),

        // Text becomes vectors.
        .systemLibrary(name: "CUtf8proc", providers: [.apt(["libutf8proc-dev"])]),
        .target(name: "CTransformerKernels", cSettings: optimized),
        library("Embeddings", "Runtime", "CUtf8proc", "CTransformerKernels"),

        // A model is asked: providers over HTTP, or extractive in process.
        library("LanguageModels", "ContextCore", "Documents", "Embeddings", "HTTP", "KeywordSearch", "Runtime"),

        // Passages are kept and found again: store, indexes, hybrid search, ingestion.
        library(
            "Retrieval",
            "ContextCore",
            "Documents",
            "Embeddings",
            "KeywordSearch",
            "VectorSearch",
            "SQL",
            "Runtime"
        ),

        // The life of a turn: assembly, sessions, refinement, interactions.
        library(
            "ContextEngine",
            "ContextCore",
            "Documents",
            "Embeddings",
            "HTTP",
            "JSONWebTokens",
            "KeywordSearch",
            "LanguageModels",
            "Retrieval",
            "SQL",
            "Runtime"
        ),

        // The engine on the wire.
        library(
            "ContextAPI",
            "CJSONScanner",
            "ContextCore",
            "ContextEngine",
            "Documents",
            "Embeddings",
            "HTTP",
            "LanguageModels",
            "Retrieval",
            "Runtime",
            "SQL"
        ),

        // Composition and the command line.
        .executableTarget(
            name: "roost",
            dependencies: [
                "Runtime", "SQL", "HTTP", "JSONWebTokens", "VectorSearch", "KeywordSearch", "Documents", "ContextCore",
                "Embeddings", "LanguageModels", "Retrieval", "ContextEngine", "ContextAPI",
            ],
            swiftSettings: strict
        ),

        // For programs that talk to a server: Foundation only, on Linux and Apple's platforms.
        library("RoostClient"),
        .executableTarget(
            name: "SwiftClientExample",
            dependencies: ["RoostClient"],
            path: "Examples/SwiftClient",
            swiftSettings: strict
        ),

        // Tests, in the same order, and what they share.
        .target(
            name: "TestSupport",
            dependencies: ["CCrypto", "Embeddings", "HTTP", "Runtime"],
            path: "Tests/TestSupport",
            swiftSettings: strict
        ),
        tests("SQLTests", "TestSupport", "SQL", "Runtime", "CSQLite"),
        tests("KeywordSearchTests", "TestSupport", "KeywordSearch"),
        tests("VectorSearchTests", "TestSupport", "VectorSearch", "CVectorKernels"),
        tests("RuntimeTests", "TestSupport", "Runtime"),
        tests("HTTPTests", "TestSupport", "HTTP", "Runtime", "CCrypto"),
        tests("JSONWebTokensTests", "TestSupport", "JSONWebTokens", "Runtime", "CCrypto"),
        tests("DocumentsTests", "TestSupport", "Documents"),
        tests("ContextCoreTests", "TestSupport", "ContextCore"),
        tests("EmbeddingsTests", "TestSupport", "Embeddings", "Runtime", resources: [.copy("Fixtures")]),
        tests(
            "LanguageModelsTests",
            "TestSupport",
            "LanguageModels",
            "ContextCore",
            "Embeddings",
            "HTTP",
            "Runtime",
            resources: [.copy("Fixtures")]
        ),
        tests(
            "RetrievalTests",
            "TestSupport",
            "Retrieval",
            "ContextCore",
            "Documents",
            "Embeddings",
            "HTTP",
            "KeywordSearch",
            "LanguageModels",
            "VectorSearch",
            "SQL",
            "Runtime"
        ),
        tests(
            "ContextEngineTests",
            "TestSupport",
            "ContextEngine",
            "ContextCore",
            "Embeddings",
            "HTTP",
            "KeywordSearch",
            "LanguageModels",
            "Retrieval",
            "SQL",
            "Runtime"
        ),
        tests(
            "RoostTests",
            "TestSupport",
            "roost",
            "Runtime",
            "ContextCore",
            "Retrieval",
            "ContextEngine",
            "HTTP",
            "JSONWebTokens",
            "LanguageModels",
            "SQL",
            "Documents",
            "Embeddings"
        ),
        tests(
            "ContextAPITests",
            "TestSupport",
            "ContextAPI",
            "CJSONScanner",
            "ContextEngine",
            "ContextCore",
            "JSONWebTokens",
            "LanguageModels",
            "Retrieval",
            "Embeddings",
            "HTTP",
            "SQL",
            "Runtime"
        ),
        tests("RoostClientTests", "RoostClient"),
        tests("AcceptanceTests", "TestSupport", "ContextCore", "HTTP", "RoostClient", "Runtime", "SQL"),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx20
)

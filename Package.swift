// swift-tools-version: 6.2
import PackageDescription

// A new compiler may bring new warnings: they stop CI, not a user's build.
let strict = Context.environment["CI"] != nil

let swiftSettings: [SwiftSetting] =
    [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InferIsolatedConformances"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    ] + (strict ? [.treatAllWarnings(as: .error)] : [])

let cSettings: [CSetting] = strict ? [.treatAllWarnings(as: .error)] : []

/// A Swift room and what it may import: only rooms below it.
func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: swiftSettings)
}

/// Tests that compute nothing of their own: to optimise them takes longer than to run them.
let plainTests = swiftSettings + [.unsafeFlags(["-Onone"])]

/// The tests of one room.
func tests(
    of room: String, _ dependencies: [Target.Dependency] = [], exclude: [String] = [],
    settings: [SwiftSetting] = swiftSettings
) -> Target {
    .testTarget(
        name: "\(room)Tests",
        dependencies: [.target(name: room)] + dependencies,
        exclude: exclude,
        swiftSettings: settings
    )
}

// On Debian the headers and the library are where every compiler looks; Homebrew keeps them elsewhere.
#if os(macOS)
    let ncursesPackage: String? = "ncursesw"
    let commonMarkPackage: String? = "libcmark-gfm"
#else
    let ncursesPackage: String? = nil
    let commonMarkPackage: String? = nil
#endif

/// What throws made-up bytes at the rooms that read some, by LLVM's libFuzzer: `Tests/Fuzzing/run` alone builds it.
let fuzzing: [Target] =
    Context.environment["FATHOM_FUZZING"] == nil
    ? []
    : [
        .target(name: "CLibFuzzer", path: "Tests/Fuzzing/CLibFuzzer"),
        .executableTarget(
            name: "Fuzzing",
            dependencies: [
                "CInt8Kernels", "CLibFuzzer", "ChatInterface", "Conversations", "GGUF", "InferenceEngine",
                "Markdown", "MoDModel", "TerminalKit", "TestSupport", "Tokenization", "Transcripts",
            ],
            path: "Tests/Fuzzing", exclude: ["CLibFuzzer", "Corpus", "run"], swiftSettings: swiftSettings),
    ]

let package = Package(
    name: "fathom",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "fathom", targets: ["fathom"]),
        .library(name: "MoDModel", targets: ["MoDModel", "GGUF"]),
        .library(name: "InferenceEngine", targets: ["InferenceEngine", "Conversations", "MoDModel"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: []),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
    ],
    targets: [
        .target(name: "CInt8Kernels", cSettings: cSettings),
        .target(name: "CScheduler", cSettings: cSettings),
        .target(name: "CSignals", cSettings: cSettings),
        .systemLibrary(
            name: "CNcurses",
            pkgConfig: ncursesPackage,
            providers: [.apt(["libncurses-dev"]), .brew(["ncurses"])]
        ),
        .systemLibrary(
            name: "CCommonMark",
            pkgConfig: commonMarkPackage,
            providers: [.apt(["libcmark-gfm-dev", "libcmark-gfm-extensions-dev"]), .brew(["cmark-gfm"])]
        ),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        room("Conversations"),
        room("Markdown", ["CCommonMark"]),
        room(
            "Settings",
            [
                "Conversations", .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "TOMLKit", package: "TOMLKit"),
            ]
        ),
        room("GGUF", ["CSignals"]),
        room("Tokenization", [.product(name: "HeapModule", package: "swift-collections")]),
        room("ComputeThreads", ["CScheduler"]),
        room("MoDModel", ["CInt8Kernels", "ComputeThreads", "GGUF"]),
        room(
            "InferenceEngine",
            [
                "CInt8Kernels", "Conversations", "GGUF", "MoDModel", "Tokenization",
                .product(name: "HeapModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        room("DepthFigures", ["CZlib", "InferenceEngine", "MoDModel"]),
        room("ModelWorkshop", ["GGUF", "MoDModel", "Tokenization"]),
        room(
            "Benchmarking",
            [
                "CSignals", "Conversations", "GGUF", "InferenceEngine", "MoDModel", "ModelWorkshop",
                "Tokenization",
            ]),
        room("ConversationStore", ["Conversations", .product(name: "GRDB", package: "GRDB.swift")]),
        room("TerminalKit", ["CNcurses", "CSignals"]),
        room("Transcripts", ["Conversations", "Markdown", "Settings", "TerminalKit"]),
        room(
            "ChatInterface",
            [
                "Conversations", "InferenceEngine", "Markdown", "MoDModel", "Settings", "TerminalKit",
                "Transcripts",
                .product(name: "DequeModule", package: "swift-collections"),
            ]
        ),
        room(
            "ChatRuntime",
            [
                "ChatInterface", "ConversationStore", "Conversations", "InferenceEngine", "MoDModel",
                "TerminalKit",
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        .executableTarget(
            name: "fathom",
            dependencies: [
                "Benchmarking", "CSignals", "ChatInterface", "ChatRuntime", "ConversationStore",
                "Conversations", "DepthFigures", "GGUF",
                "InferenceEngine",
                "MoDModel",
                "ModelWorkshop", "Settings", "TerminalKit", "Tokenization", "Transcripts",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swiftSettings
        ),
        .target(
            name: "TestSupport", dependencies: ["GGUF"], path: "Tests/TestSupport",
            swiftSettings: swiftSettings),
        .target(name: "AllocationCounter", path: "Tests/AllocationCounter", cSettings: cSettings),
        tests(of: "CInt8Kernels", ["TestSupport"]),
        tests(of: "ComputeThreads", ["TestSupport"]),
        tests(of: "Conversations"),
        tests(of: "Markdown", ["TestSupport"]),
        tests(of: "Settings", ["Conversations", "TestSupport"]),
        tests(of: "GGUF", ["TestSupport"]),
        tests(of: "Tokenization", ["TestSupport"], exclude: ["Fixtures"]),
        tests(
            of: "MoDModel", ["AllocationCounter", "CInt8Kernels", "GGUF", "TestSupport"],
            exclude: ["Fixtures"]),
        tests(of: "InferenceEngine", ["Conversations", "GGUF", "MoDModel", "TestSupport", "Tokenization"]),
        tests(of: "DepthFigures", ["CZlib", "InferenceEngine", "MoDModel"], exclude: ["Fixtures"]),
        tests(of: "ModelWorkshop", ["GGUF", "MoDModel", "TestSupport", "Tokenization"]),
        tests(of: "Benchmarking", ["InferenceEngine", "TestSupport"]),
        tests(
            of: "ConversationStore",
            ["Conversations", "TestSupport", .product(name: "GRDB", package: "GRDB.swift")]),
        tests(of: "TerminalKit", ["TestSupport"]),
        tests(of: "Transcripts", ["Conversations"]),
        tests(
            of: "ChatInterface",
            ["Conversations", "InferenceEngine", "MoDModel", "Settings", "TerminalKit", "TestSupport"],
            exclude: ["Golden"], settings: plainTests),
        tests(
            of: "ChatRuntime",
            [
                "ChatInterface", "ConversationStore", "Conversations", "GGUF", "InferenceEngine", "MoDModel",
                "TerminalKit",
                "TestSupport", "Tokenization", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        tests(
            of: "fathom",
            [
                "ConversationStore", "Conversations", "GGUF", "InferenceEngine", "MoDModel", "ModelWorkshop",
                "Settings",
                "TerminalKit",
                "TestSupport", "Tokenization",
            ]),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "ConversationStore", "Conversations", "fathom", "GGUF", "TestSupport",
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: plainTests),
    ] + fuzzing,
    swiftLanguageModes: [.v6]
)

// swift-tools-version: 6.2
import PackageDescription

/// Every target is Swift 6 with the caller's isolation for nonisolated async functions, so that what is called from the
/// event loop stays on the event loop (docs/decisions/0001-one-event-loop.md).
///
/// A call goes through most modules, so a release is compiled across them: without that every generic function of another
/// module, as those of Basics, runs unspecialized.
let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release)),
]

/// Pictures are a few million numbers a second: painted by a debug build, they would come ten times a second.
let optimized: [SwiftSetting] = strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]

/// Debug information is two thirds of a program. Without it crash reports still name functions, but no lines.
let slim: [LinkerSetting] = [.unsafeFlags(["-Xlinker", "--strip-debug"], .when(configuration: .release))]

let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
  name: "avatar-relay",
  products: [
    .executable(name: "avatar-relay", targets: ["avatar-relay"]),
    .executable(name: "mock-provider", targets: ["mock-provider"]),
    .library(name: "MockProvider", targets: ["MockProvider"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
  ],
  targets: [
    // Leaves: values and pure code.
    .target(name: "StrictJSON", dependencies: ["Basics"], swiftSettings: strict),
    .target(name: "Basics", swiftSettings: strict),
    .target(name: "SessionValues", dependencies: ["StrictJSON"], swiftSettings: strict),
    .target(name: "Signaling", dependencies: ["Basics", "SessionValues", "StrictJSON"], swiftSettings: strict),
    .target(name: "AvatarProvider", dependencies: ["SessionValues", "StrictJSON"], swiftSettings: strict),
    .target(name: "ProviderHTTP", swiftSettings: strict),
    .target(name: "Wire", dependencies: ["Basics"], swiftSettings: strict),
    .target(name: "LogLines", dependencies: ["StrictJSON", logging], swiftSettings: strict),
    .target(name: "AccessTokens", dependencies: ["Basics", "Cryptography", "StrictJSON"], swiftSettings: strict),

    // Digests and signatures, by OpenSSL.
    .systemLibrary(name: "CCryptography", providers: [.apt(["libssl-dev"])]),
    .target(name: "Cryptography", dependencies: ["Basics", "CCryptography"], swiftSettings: strict),

    // The durable record of sessions: what a store has to do, and the store that is one file.
    .target(
      name: "Ledger",
      dependencies: [
        "Basics", "Cryptography", "SessionValues", "StrictJSON",
      ], swiftSettings: strict),
    .systemLibrary(name: "CLedgerSQLite", providers: [.apt(["libsqlite3-dev"])]),
    .target(
      name: "LedgerSQLite", dependencies: ["Basics", "CLedgerSQLite", "Ledger", "StrictJSON"], swiftSettings: strict),

    .systemLibrary(name: "CLedgerRedis", providers: [.apt(["libhiredis-dev"])]),
    .target(
      name: "LedgerRedis", dependencies: ["Basics", "CLedgerRedis", "Ledger", "ProviderHTTP", "Transport"],
      swiftSettings: strict),

    // The event loop and its guests: the only importer of its C.
    .systemLibrary(
      name: "CTransport", pkgConfig: "libwebsockets",
      providers: [.apt(["libwebsockets-dev", "libuv1-dev", "libcurl4-openssl-dev", "libssl-dev"])]),
    .target(
      name: "Transport",
      dependencies: [
        "Basics", "CTransport", "ProviderHTTP", "Wire", logging,
      ], swiftSettings: strict),

    // What the command lines of both programs share.
    .target(
      name: "Commands", dependencies: ["LogLines", "Transport", argumentParser, logging], swiftSettings: strict),
    .target(name: "Release", swiftSettings: strict),

    // The relay.
    .target(
      name: "ProviderCalls",
      dependencies: ["AvatarProvider", "Basics", "ProviderHTTP", "SessionValues", "StrictJSON"],
      path: "Sources/Providers/Calls", swiftSettings: strict),
    .target(
      name: "DIDProvider",
      dependencies: ["AvatarProvider", "Basics", "ProviderCalls", "ProviderHTTP", "SessionValues", "StrictJSON"],
      path: "Sources/Providers/DID", swiftSettings: strict),
    .target(
      name: "HeyGenProvider",
      dependencies: ["Basics", "AvatarProvider", "ProviderCalls", "ProviderHTTP", "SessionValues", "StrictJSON"],
      path: "Sources/Providers/HeyGen", swiftSettings: strict),
    .target(
      name: "Relay",
      dependencies: [
        "AvatarProvider", "Basics", "Cryptography", "Ledger", "LogLines", "SessionValues", "Signaling", logging,
      ],
      swiftSettings: strict),
    .target(
      name: "RelayServer",
      dependencies: [
        "AccessTokens", "AvatarProvider", "Basics", "Cryptography", "DIDProvider", "HeyGenProvider", "Ledger",
        "LedgerRedis", "LedgerSQLite", "LogLines", "ProviderCalls", "ProviderHTTP", "Relay", "SessionValues", "Signaling",
        "StrictJSON", "Transport", "Wire", logging,
      ], swiftSettings: strict),
    .executableTarget(
      name: "avatar-relay",
      dependencies: [
        "RelayServer", "AccessTokens", "Basics", "Commands", "LogLines", "MockClock", "Release", "StrictJSON", "Transport",
        argumentParser, logging,
      ], swiftSettings: strict, linkerSettings: slim),

    // The mock provider: a WebRTC peer, a face with a voice, and the vendors' APIs on top. The relay links none of it.
    .systemLibrary(
      name: "CMockPeer", path: "MockProvider/Sources/CMockPeer",
      providers: [.apt(["libssl-dev", "libsrtp2-dev", "libusrsctp-dev"])]),
    .target(
      name: "MockClock", dependencies: ["Basics", "Transport"], path: "MockProvider/Sources/MockClock",
      swiftSettings: strict),
    .target(
      name: "MockPeer", dependencies: ["Basics", "CMockPeer", "Transport", logging],
      path: "MockProvider/Sources/MockPeer", swiftSettings: strict),
    .systemLibrary(
      name: "CTalkingAvatar", path: "MockProvider/Sources/CTalkingAvatar", pkgConfig: "pangoft2",
      providers: [
        .apt([
          "libvpx-dev", "libopus-dev", "libopenh264-dev", "libturbojpeg0-dev", "libpng-dev", "libpango1.0-dev",
        ])
      ]),
    .target(
      name: "TalkingAvatar", dependencies: ["CTalkingAvatar"],
      path: "MockProvider/Sources/TalkingAvatar", swiftSettings: optimized,
      // The archive and not the shared library, since TalkingAvatar brings the memory functions (decision 0008).
      linkerSettings: [.linkedLibrary(":libvpx.a")]),
    .target(
      name: "MockProvider",
      dependencies: [
        "Basics", "Cryptography", "MockClock", "MockPeer", "ProviderHTTP", "Release", "StrictJSON", "TalkingAvatar",
        "Transport", "Wire", logging,
      ],
      path: "MockProvider/Sources/MockProvider", swiftSettings: strict),
    .executableTarget(
      name: "mock-provider", dependencies: ["Commands", "MockProvider", "Release", "Transport", argumentParser, logging],
      path: "MockProvider/Sources/mock-provider", swiftSettings: strict, linkerSettings: slim),

    // Tests: one folder a target.
    .target(name: "TestSupport", dependencies: ["StrictJSON"], path: "Tests/TestSupport", swiftSettings: strict),
    .testTarget(name: "BasicsTests", dependencies: ["Basics"], swiftSettings: strict),
    .testTarget(name: "StrictJSONTests", dependencies: ["StrictJSON", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "AccessTokensTests", dependencies: ["AccessTokens", "Basics", "StrictJSON", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "CryptographyTests", dependencies: ["CCryptography", "Cryptography", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "LogLinesTests", dependencies: ["LogLines", "StrictJSON", logging], swiftSettings: strict),
    .testTarget(name: "WireTests", dependencies: ["TestSupport", "Wire"], swiftSettings: strict),
    .testTarget(
      name: "TransportTests",
      dependencies: [
        "Basics", "MockClock", "ProviderHTTP", "TestSupport", "Transport", "Wire", logging,
      ],
      swiftSettings: strict),
    .testTarget(
      name: "SignalingTests",
      dependencies: [
        "SessionValues", "Signaling", "StrictJSON", "TestSupport",
      ], swiftSettings: strict),
    .target(
      name: "ProviderTestSupport", dependencies: ["AvatarProvider", "ProviderCalls", "ProviderHTTP", "StrictJSON"],
      path: "Tests/ProviderTestSupport", swiftSettings: strict),
    .testTarget(
      name: "ProviderCallsTests",
      dependencies: [
        "Basics", "AvatarProvider", "MockClock", "ProviderCalls", "ProviderHTTP", "ProviderTestSupport",
        "SessionValues", "StrictJSON",
      ], swiftSettings: strict),
    .testTarget(
      name: "DIDProviderTests",
      dependencies: [
        "Basics", "AvatarProvider", "DIDProvider", "MockClock", "ProviderHTTP", "ProviderTestSupport", "SessionValues",
        "StrictJSON",
      ], swiftSettings: strict),
    .testTarget(
      name: "HeyGenProviderTests",
      dependencies: [
        "Basics", "AvatarProvider", "HeyGenProvider", "MockClock", "ProviderHTTP", "ProviderTestSupport",
        "SessionValues", "StrictJSON",
      ], swiftSettings: strict),
    .target(
      name: "RelayTestSupport",
      dependencies: [
        "Relay", "SessionValues", "Signaling", "StrictJSON", logging,
      ], path: "Tests/RelayTestSupport",
      swiftSettings: strict),
    .testTarget(
      name: "RelayTests",
      dependencies: [
        "Basics", "AvatarProvider", "Ledger", "LedgerTestSupport", "MockClock", "ProviderTestSupport", "Relay",
        "RelayTestSupport", "SessionValues", "Signaling", "StrictJSON", "TestSupport", "Transport", logging,
      ],
      swiftSettings: strict),
    .testTarget(
      name: "MockPeerTests", dependencies: ["Basics", "MockClock", "MockPeer", "TestSupport", "Transport", logging],
      swiftSettings: strict),
    .systemLibrary(name: "CMediaDecoders", path: "Tests/CMediaDecoders"),
    .testTarget(
      name: "TalkingAvatarTests", dependencies: ["TalkingAvatar", "CTalkingAvatar", "CMediaDecoders", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "MockProviderTests",
      dependencies: [
        "Basics", "MockClock", "MockPeer", "MockProvider", "ProviderHTTP", "Release", "StrictJSON", "TalkingAvatar",
        "TestSupport", "Transport", "Wire", logging,
      ],
      swiftSettings: strict),
    // A provider that nobody wrote the relay for: it may use what the real adapters use, and nothing else.
    .target(
      name: "FigmentProvider",
      dependencies: ["AvatarProvider", "Basics", "ProviderHTTP", "SessionValues", "StrictJSON"],
      path: "Tests/FigmentProvider", swiftSettings: strict),
    .testTarget(
      name: "IntegrationTests",
      dependencies: [
        "Basics", "AccessTokens", "AvatarProvider", "DIDProvider", "FigmentProvider", "HeyGenProvider", "Ledger",
        "LedgerSQLite", "LogLines", "MockClock", "MockProvider", "ProviderHTTP", "Relay", "RelayServer",
        "RelayTestSupport", "SessionValues", "Signaling", "StrictJSON", "TestSupport", "Transport", "Wire", logging,
      ],
      swiftSettings: strict),
    .target(
      name: "LedgerTestSupport", dependencies: ["Basics", "Ledger", "SessionValues"], path: "Tests/LedgerTestSupport",
      swiftSettings: strict),
    .testTarget(
      name: "LedgerTests",
      dependencies: [
        "Basics", "Ledger", "LedgerTestSupport", "MockClock", "SessionValues", "Transport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "LedgerSQLiteTests",
      dependencies: [
        "Basics", "Ledger", "LedgerSQLite", "LedgerTestSupport", "MockClock", "SessionValues",
        "TestSupport", "Transport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "LedgerRedisTests",
      dependencies: [
        "Basics", "Ledger", "LedgerRedis", "LedgerTestSupport", "MockClock", "ProviderHTTP", "TestSupport",
        "Transport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "SimulationTests",
      dependencies: [
        "Basics", "AvatarProvider", "DIDProvider", "HeyGenProvider", "Ledger", "LedgerTestSupport", "MockClock",
        "MockProvider", "ProviderCalls", "ProviderHTTP", "Relay", "RelayTestSupport", "Signaling", "StrictJSON",
        "TestSupport", "Wire", logging,
      ],
      swiftSettings: strict),
    .testTarget(
      name: "RelayServerTests",
      dependencies: [
        "Basics", "AccessTokens", "AvatarProvider", "LogLines", "MockClock", "ProviderCalls", "ProviderHTTP", "Relay",
        "RelayServer", "SessionValues", "Signaling", "StrictJSON", "TestSupport", "Transport", "Wire", logging,
      ],
      swiftSettings: strict),
    .testTarget(
      name: "SwiftExample", dependencies: ["MockProvider"], path: "examples/swift", swiftSettings: strict),
    .testTarget(name: "ArchitectureTests", dependencies: ["TestSupport"], swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6]
)

// `ONLY_TARGETS=A,B` leaves these and what they need: what is compiled a second time, for a sanitizer, is no more than it
// has to be. The products go with the rest.
if let names = Context.environment["ONLY_TARGETS"] {
  let targets = Dictionary(uniqueKeysWithValues: package.targets.map { ($0.name, $0) })
  var needed: Set<String> = []
  var waiting = names.split(separator: ",").map(String.init)
  while let name = waiting.popLast() {
    guard let target = targets[name], needed.insert(name).inserted else { continue }
    for dependency in target.dependencies {
      switch dependency {
      case .byNameItem(let name, _), .targetItem(let name, _): waiting.append(name)
      default: break
      }
    }
  }
  package.targets.removeAll { !needed.contains($0.name) }
  package.products.removeAll()
}

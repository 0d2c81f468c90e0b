// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that no user builds it; the sources that it measures are those of the mock provider.
let package = Package(
  name: "face-benchmark",
  targets: [
    .systemLibrary(name: "CTalkingAvatar", pkgConfig: "pangoft2"),
    .target(
      name: "TalkingAvatar", dependencies: ["CTalkingAvatar"],
      swiftSettings: [
        .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
      ], linkerSettings: [.linkedLibrary(":libvpx.a")]),
    .executableTarget(name: "face-benchmark", dependencies: ["TalkingAvatar"]),
  ],
  swiftLanguageModes: [.v6]
)

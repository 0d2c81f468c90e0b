// Files are read from the folders that were allowed, by whatever way they are named.
import Foundation
import TalkingAvatar
import Testing

@testable import MockProvider

@Suite struct MediaSourceFileTests {
  /// A folder that is allowed, beside one that is not.
  private final class Tree {
    let root = FileManager.default.temporaryDirectory.appendingPathComponent("media-\(UUID().uuidString)")
    var allowed: String { root.appendingPathComponent("allowed").path }

    init() throws {
      for name in ["allowed/inner", "allowed-not"] {
        try FileManager.default.createDirectory(
          at: root.appendingPathComponent(name), withIntermediateDirectories: true)
      }
      for name in ["allowed/a b.png", "allowed/inner/é.wav", "allowed-not/secret", "secret"] {
        try Data(name.utf8).write(to: root.appendingPathComponent(name))
      }
      try Data().write(to: root.appendingPathComponent("allowed/empty"))
    }

    func link(_ name: String, to target: String) throws {
      try FileManager.default.createSymbolicLink(atPath: "\(allowed)/\(name)", withDestinationPath: target)
    }

    func load(_ url: String, folders: [String]? = nil) async -> MediaOutcome {
      await MediaSource(folders: folders ?? [allowed], client: MediaSourceClient(), refusedPorts: []).load(url)
    }

    deinit { try? FileManager.default.removeItem(at: root) }
  }

  @Test func filesOfAnAllowedFolderAreRead() async throws {
    let tree = try Tree()
    let expected = MediaOutcome.loaded(Array("allowed/a b.png".utf8))
    #expect(await tree.load("file://\(tree.allowed)/a%20b.png") == expected)
    #expect(await tree.load("FILE://LOCALHOST\(tree.allowed)/inner/../a%20b.png") == expected)
    #expect(await tree.load("file://\(tree.allowed)/inner/%C3%A9.wav") == .loaded(Array("allowed/inner/é.wav".utf8)))
    #expect(await tree.load("file://\(tree.allowed)/a%20b.png", folders: ["/nowhere", tree.allowed + "/"]) == expected)
  }

  @Test func aLinkIntoTheFolderCountsByItsTarget() async throws {
    let tree = try Tree()
    try tree.link("inside", to: "\(tree.allowed)/a b.png")
    try tree.link("outside", to: "\(tree.root.path)/secret")
    try tree.link("up", to: "..")
    #expect(await tree.load("file://\(tree.allowed)/inside") == .loaded(Array("allowed/a b.png".utf8)))
    #expect(await tree.load("file://\(tree.allowed)/outside") == .notLoaded(.otherFolder))
    #expect(await tree.load("file://\(tree.allowed)/up/secret") == .notLoaded(.otherFolder))
  }

  @Test func nothingElseIsRead() async throws {
    let tree = try Tree()
    for path in ["/../secret", "/%2e%2e/secret", "/..%2fsecret", "-not/secret", "/absent", ""] {
      let outcome = await tree.load("file://\(tree.allowed)\(path)")
      #expect(outcome == .notLoaded(.otherFolder), "\(path): \(outcome)")
    }
    #expect(await tree.load("file:///etc/passwd") == .notLoaded(.otherFolder))
    #expect(await tree.load("file://\(tree.allowed)/a%20b.png", folders: []) == .notLoaded(.otherFolder))
    #expect(await tree.load("file://evil.com\(tree.allowed)/a%20b.png") == .notLoaded(.otherHost))
    for url in ["file:a%20b.png", "file:/a", "file://", "file:///a%00b", "file:///a?b", "file:///%ff", "file:///a#b"] {
      #expect(await tree.load(url) == .notLoaded(.notAURL), "\(url)")
    }
  }

  @Test func onlyRegularFilesAreRead() async throws {
    let tree = try Tree()
    #expect(mkfifo("\(tree.allowed)/pipe", 0o600) == 0)
    #expect(await tree.load("file://\(tree.allowed)/pipe") == .notLoaded(.noFile))
    #expect(await tree.load("file://\(tree.allowed)/inner") == .notLoaded(.noFile))
    #expect(await tree.load("file://\(tree.allowed)/empty") == .notLoaded(.empty))
    #expect(await tree.load("file:///dev/zero", folders: ["/dev"]) == .notLoaded(.noFile))
    #expect(await tree.load("file:///proc/self/status", folders: ["/"]) != .notLoaded(.otherFolder))
  }

  @Test func aFileHasABound() async throws {
    let tree = try Tree()
    let file = tree.root.appendingPathComponent("allowed/large")
    try Data(count: MediaFile.maximumBytes).write(to: file)
    guard case .loaded(let bytes) = await tree.load("file://\(file.path)") else {
      Issue.record("not loaded")
      return
    }
    #expect(bytes.count == MediaFile.maximumBytes)
    try Data(count: MediaFile.maximumBytes + 1).write(to: file)
    #expect(await tree.load("file://\(file.path)") == .notLoaded(.tooLarge))
  }
}

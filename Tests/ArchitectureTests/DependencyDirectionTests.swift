// Dependencies point one way (docs/decisions/0002-modules.md); another arrow fails here.
import Foundation
import Testing

@Suite struct DependencyDirectionTests {
  /// Every arrow that is allowed between this package's own modules.
  private static let allowed: [String: Set<String>] = [
    "Basics": [], "StrictJSON": ["Basics"], "CTransport": [], "LogLines": ["StrictJSON"],
    "ProviderHTTP": [],
    "SessionValues": ["StrictJSON"],
    "Signaling": ["Basics", "SessionValues", "StrictJSON"],
    "AvatarProvider": ["SessionValues", "StrictJSON"],
    "CCryptography": [], "Cryptography": ["Basics", "CCryptography"],
    "AccessTokens": ["Basics", "Cryptography", "StrictJSON"],
    "Ledger": ["Basics", "Cryptography", "SessionValues", "StrictJSON"],
    "CLedgerSQLite": [],
    "LedgerSQLite": ["Basics", "CLedgerSQLite", "Ledger", "StrictJSON"],
    "CLedgerRedis": [],
    "LedgerRedis": ["Basics", "CLedgerRedis", "Ledger", "ProviderHTTP", "Transport"],
    "Wire": ["Basics"],
    "Transport": ["Basics", "CTransport", "ProviderHTTP", "Wire"],
    "Commands": ["LogLines", "Transport"], "Release": [],
    "ProviderCalls": ["AvatarProvider", "Basics", "ProviderHTTP", "SessionValues", "StrictJSON"],
    "DIDProvider": ["Basics", "AvatarProvider", "ProviderCalls", "ProviderHTTP", "SessionValues", "StrictJSON"],
    "HeyGenProvider": ["Basics", "AvatarProvider", "ProviderCalls", "ProviderHTTP", "SessionValues", "StrictJSON"],
    "Relay": [
      "Basics", "Cryptography", "SessionValues", "Signaling", "AvatarProvider", "Ledger", "LogLines", "StrictJSON",
    ],
    "RelayServer": [
      "Basics", "Cryptography", "Transport", "Relay", "SessionValues", "Signaling", "StrictJSON", "AvatarProvider", "ProviderHTTP",
      "ProviderCalls", "DIDProvider", "HeyGenProvider", "AccessTokens", "Ledger", "LedgerRedis", "LedgerSQLite", "LogLines", "Wire",
    ],
    "avatar-relay": [
      "Basics", "Commands", "LogLines", "MockClock", "Release", "RelayServer", "AccessTokens", "Transport", "StrictJSON",
    ],
    "CMockPeer": [], "CTalkingAvatar": [],
    "MockClock": ["Basics", "Transport"],
    "MockPeer": ["Basics", "CMockPeer", "Transport"],
    "TalkingAvatar": ["CTalkingAvatar"],
    "MockProvider": [
      "Basics", "Cryptography", "MockClock", "MockPeer", "Release", "TalkingAvatar", "Transport", "ProviderHTTP", "StrictJSON",
      "Wire",
    ],
    "mock-provider": ["Commands", "MockProvider", "Release", "Transport", "StrictJSON"],
  ]

  /// What each product may link, besides its own modules: the relay no mock, the mock no relay.
  private static let outside: [String: Set<String>] = [
    "Commands": ["ArgumentParser", "Logging"], "LogLines": ["Logging"], "LedgerSQLite": ["Dispatch"], "Relay": ["Logging"], "Transport": ["Logging"],
    "RelayServer": ["Logging", "Configuration"],
    "avatar-relay": ["Logging", "Configuration", "ArgumentParser"],
    "MockPeer": ["Logging"], "TalkingAvatar": ["Dispatch"], "MockProvider": ["Logging"],
    "mock-provider": ["Logging", "ArgumentParser"],
  ]

  private static let system: Set<String> = ["Foundation", "FoundationEssentials", "Glibc", "Synchronization", "Swift"]

  private static let package = PackageDescription.shared

  @Test func manifestHasNoOtherArrow() throws {
    for target in try Self.package.get().targets where target.isShipped {
      let allowed = try #require(Self.allowed[target.name], "\(target.name) is not in the table of modules")
      let arrows = Set(target.target_dependencies ?? [])
      #expect(arrows.isSubset(of: allowed), "\(target.name) may not depend on \(arrows.subtracting(allowed).sorted())")
      let products = Set(target.product_dependencies ?? [])
      let others = products.subtracting(Self.outside[target.name] ?? [])
      #expect(others.isEmpty, "\(target.name) may not use \(others.sorted())")
    }
  }

  @Test func filesImportNothingElse() throws {
    let package = try Self.package.get()
    for target in package.targets where target.isShipped && target.type != "system-target" {
      let allowed = (Self.allowed[target.name] ?? []).union(Self.outside[target.name] ?? []).union(Self.system)
      for (file, imports) in try package.imports(of: target) {
        #expect(
          imports.isSubset(of: allowed), "\(target.path)/\(file) imports \(imports.subtracting(allowed).sorted())")
      }
    }
  }

  /// SwiftPM lets a target import whatever happens to be built; what is not declared may be missing in another build.
  @Test func everyImportIsDeclared() throws {
    let package = try Self.package.get()
    let outside: Set<String> = ["Testing", "Dispatch", "FoundationNetworking"]
    for target in package.targets where target.type != "system-target" {
      let declared = Set((target.target_dependencies ?? []) + (target.product_dependencies ?? []))
      let known = declared.union(Self.system).union(outside)
      for (file, imports) in try package.imports(of: target) {
        let others = imports.subtracting(known)
        #expect(others.isEmpty, "\(target.path)/\(file) imports \(others.sorted()), which its target does not list")
      }
    }
  }

  /// What every room may use needs nothing itself, so that the parsers of the wire can use it too.
  @Test func basicsImportNothing() throws {
    let package = try Self.package.get()
    let basics = try #require(package.targets.first { $0.name == "Basics" })
    #expect(try package.imports(of: basics).isEmpty)
  }

  /// A name that stands for two things costs every reader a look at the imports.
  @Test func noTwoTypesHaveOneName() throws {
    let package = try Self.package.get()
    let word = /^(?:(?:public|package|internal|final|indirect|nonisolated|@\S+) )*(?:struct|class|enum|actor|protocol|typealias) (\w+)/
    var places: [String: [String]] = [:]
    for target in package.targets where target.isShipped {
      for source in target.sources where source.hasSuffix(".swift") {
        let file = PackageDescription.root.appendingPathComponent(target.path).appendingPathComponent(source)
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
          guard let match = line.firstMatch(of: word) else { continue }
          places[String(match.1), default: []].append("\(target.path)/\(source)")
        }
      }
    }
    #expect(places.count > 300, "the declarations are found")
    for (name, files) in places where files.count > 1 { Issue.record("\(name) is declared in \(files.sorted())") }
  }

  /// What strangers send is read by pure code: no library, no clock, no socket.
  @Test func theWireImportsBasicsAlone() throws {
    let package = try Self.package.get()
    let wire = try #require(package.targets.first { $0.name == "Wire" })
    for (file, imports) in try package.imports(of: wire) { #expect(imports == ["Basics"], "\(file)") }
  }

  /// Who may import a module of C, and therefore use unsafe constructs.
  private static let edges = [
    "CCryptography": "Cryptography", "CTransport": "Transport", "CLedgerRedis": "LedgerRedis", "CLedgerSQLite": "LedgerSQLite",
    "CMockPeer": "MockPeer", "CTalkingAvatar": "TalkingAvatar",
  ]

  @Test(arguments: edges.keys.sorted())
  func eachModuleOfCHasOneImporter(module: String) throws {
    let package = try Self.package.get()
    let importers = try package.targets.filter(\.isShipped).filter { target in
      try package.imports(of: target).values.contains { $0.contains(module) }
    }
    #expect(importers.map(\.name) == [Self.edges[module]])
  }

  /// The relay holds keys; the mock's libraries for media stay out of it.
  @Test(arguments: ["avatar-relay", "RelayServer", "Relay", "Transport"])
  func theRelayLinksNoMedia(target: String) throws {
    let targets = Dictionary(uniqueKeysWithValues: try Self.package.get().targets.map { ($0.name, $0) })
    var reached: Set<String> = []
    var waiting = [target]
    while let next = waiting.popLast() {
      guard reached.insert(next).inserted else { continue }
      waiting += targets[next]?.target_dependencies ?? []
    }
    // `dev` moves its time with the mock's, and nothing else has a clock that moves.
    if target == "avatar-relay" { reached.remove("MockClock") }
    #expect(reached.isDisjoint(with: ["MockClock", "CMockPeer", "MockPeer", "CTalkingAvatar", "TalkingAvatar", "MockProvider"]))
  }

  @Test func unsafeConstructsStayAtTheEdges() throws {
    let forbidden = [
      "@unchecked Sendable", "nonisolated(unsafe)", "UnsafeMutable", "UnsafeRaw", "UnsafePointer", "OpaquePointer",
      "Unmanaged", "DispatchQueue", "NSLock", "Mutex<", "Task.sleep",
    ]
    let package = try Self.package.get()
    for target in package.targets where target.isShipped && !Self.edges.values.contains(target.name) {
      for source in target.sources where source.hasSuffix(".swift") {
        let file = PackageDescription.root.appendingPathComponent(target.path).appendingPathComponent(source)
        let text = try String(contentsOf: file, encoding: .utf8)
        for word in forbidden { #expect(!text.contains(word), "\(target.path)/\(source) contains \(word)") }
      }
    }
  }
}

// What an ICE-lite agent answers.
import Basics
import Testing
import Transport

@testable import MockPeer

@Suite("ICE agent")
struct IceAgentTests {
  private static let start = MonotonicInstant(sinceStart: .seconds(100))
  private let path: PeerPath
  private var agent: IceAgent

  init() throws {
    path = PeerPath(socket: 0, remote: try #require(DatagramAddress(host: "192.0.2.7", port: 4000)))
    let credentials = PeerCredentials(usernameFragment: "host", password: "0123456789012345678901")
    agent = IceAgent(credentials: credentials, remoteUsernameFragment: "page", now: Self.start)
  }

  private func check(
    username: String = "host:page", password: String = "0123456789012345678901",
    adding attributes: [StunMessage.Attribute] = [], messageClass: StunMessage.Class = .request
  ) -> [UInt8] {
    let name = StunMessage.Attribute(type: StunMessage.AttributeType.username, value: Array(username.utf8))
    return StunMessage(messageClass, transaction: Array(0..<12), attributes: [name] + attributes)
      .encoded(password: password)
  }

  private mutating func take(_ bytes: [UInt8], from other: PeerPath? = nil, at now: MonotonicInstant = start) throws
    -> IceAgent.Reaction
  {
    agent.take(try #require(StunMessage(bytes)), bytes, from: other ?? path, now: now)
  }

  private static let nominating = StunMessage.Attribute(type: StunMessage.AttributeType.useCandidate, value: [])

  @Test mutating func aCheckIsAnsweredWithItsAddress() throws {
    let reaction = try take(check())
    let bytes = try #require(reaction.response)
    let response = try #require(StunMessage(bytes))
    #expect(reaction.isValid && !reaction.isNewlySelected && reaction.refusal == nil)
    #expect(response.messageClass == .success && response.transaction == Array(0..<12))
    #expect(response.isAuthentic(bytes, password: "0123456789012345678901"))
    #expect(agent.selected == nil)
  }

  @Test mutating func aNominationSelectsOnce() throws {
    #expect(try take(check(adding: [Self.nominating])).isNewlySelected)
    #expect(agent.selected == path)
    #expect(try !take(check(adding: [Self.nominating])).isNewlySelected)
    let other = PeerPath(socket: 1, remote: path.remote)
    #expect(try take(check(adding: [Self.nominating]), from: other).isNewlySelected)
    #expect(agent.selected == other)
  }

  @Test mutating func wrongSecretsGetNoAnswer() throws {
    let wrongPassword = try take(check(password: "x123456789012345678901"))
    #expect(wrongPassword == IceAgent.Reaction(refusal: .wrongIntegrity))
    let wrongName = try take(check(username: "host:other"))
    #expect(wrongName == IceAgent.Reaction(refusal: .wrongUsername))
    let noIntegrity = StunMessage(
      .request, transaction: Array(0..<12),
      attributes: [.init(type: StunMessage.AttributeType.username, value: Array("host:page".utf8))]
    ).encoded(password: nil)
    #expect(try take(noIntegrity).refusal == .wrongIntegrity)
    #expect(agent.paths.isEmpty)
  }

  @Test mutating func aControlledAgentIsToldOfTheConflict() throws {
    let role = StunMessage.Attribute(
      type: StunMessage.AttributeType.iceControlled, value: Array(repeating: 9, count: 8))
    let reaction = try take(check(adding: [role]))
    let response = try #require(reaction.response.flatMap { StunMessage($0) })
    #expect(reaction.refusal == .roleConflict && !reaction.isValid)
    #expect(response.value(of: StunMessage.AttributeType.errorCode)?.prefix(4) == [0, 0, 4, 87])
  }

  @Test mutating func unknownDemandsAreRefusedByName() throws {
    let reaction = try take(check(adding: [.init(type: 0x0031, value: [1])]))
    let response = try #require(reaction.response.flatMap { StunMessage($0) })
    #expect(response.value(of: StunMessage.AttributeType.errorCode)?.prefix(4) == [0, 0, 4, 20])
    #expect(response.value(of: StunMessage.AttributeType.unknownAttributes) == [0x00, 0x31])
    // What may be ignored is ignored: 0xC057 is Chromium's network cost.
    #expect(try take(check(adding: [.init(type: 0xC057, value: [0, 0, 0, 10])])).isValid)
  }

  @Test mutating func responsesAreNotAnswered() throws {
    #expect(try take(check(messageClass: .success)).response == nil)
    #expect(try take(check(messageClass: .failure)).response == nil)
  }

  @Test mutating func consentEndsThirtySecondsAfterTheLastCheck() throws {
    #expect(!agent.isExpired(at: Self.start.advanced(by: .milliseconds(29_999))))
    #expect(agent.isExpired(at: Self.start.advanced(by: .seconds(30))))
    _ = try take(check(), at: Self.start.advanced(by: .seconds(20)))
    #expect(!agent.isExpired(at: Self.start.advanced(by: .seconds(49))))
    _ = try take(check(password: "wrong-wrong-wrong-wrong"), at: Self.start.advanced(by: .seconds(49)))
    #expect(agent.isExpired(at: Self.start.advanced(by: .seconds(50))))
  }

  @Test mutating func pathsAreLimited() throws {
    for port in 1...IceAgent.maximumPaths {
      let other = PeerPath(socket: 0, remote: try #require(DatagramAddress(host: "192.0.2.9", port: port)))
      #expect(try take(check(), from: other).isValid)
    }
    #expect(try !take(check()).isValid)
    #expect(agent.paths.count == IceAgent.maximumPaths)
  }
}

// Data channels without a network.
import Testing

@testable import MockPeer

@Suite("Data channels")
struct DataChannelsTests {
  private typealias ProtocolID = DataChannelFrame.ProtocolID

  private static func taken(_ channels: inout DataChannels) -> [DataChannels.Frame] {
    var frames: [DataChannels.Frame] = []
    channels.flush {
      frames.append($0)
      return .sent
    }
    return frames
  }

  @Test func aMessageOfOpeningIsThatOfTheStandard() {
    // RFC 8832 section 5.1: type, reliable, priority 256, no limit, lengths, label.
    #expect(DataChannelFrame.open(label: "ab") == [3, 0, 1, 0, 0, 0, 0, 0, 0, 2, 0, 0, 97, 98])
    #expect(DataChannelFrame.control(DataChannelFrame.open(label: "日本")) == .open(label: "日本"))
    #expect(DataChannelFrame.control([2]) == .acknowledge)
  }

  @Test(arguments: [
    [], [2, 0], [9], [3], [3, 0, 1, 0, 0, 0, 0, 0, 0, 2, 0, 0, 97], [3, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0xFF],
    [3, 0, 1, 0, 0, 0, 0, 0, 255, 255, 255, 255],
  ])
  func brokenControlMessagesAreRefused(bytes: [UInt8]) { #expect(DataChannelFrame.control(bytes) == nil) }

  @Test(arguments: [ChannelMessage.text(""), .text("a"), .bytes([]), .bytes([0]), .text("日本")])
  func messagesAreTheSameAfterTheWay(message: ChannelMessage) {
    let (protocolID, bytes) = DataChannelFrame.encoded(message)
    #expect(!bytes.isEmpty)
    #expect(DataChannelFrame.message(protocolID: protocolID, bytes) == message)
  }

  @Test func textThatIsNotUTF8AndUnknownKindsAreRefused() {
    #expect(DataChannelFrame.message(protocolID: ProtocolID.text, [0xFF]) == nil)
    #expect(DataChannelFrame.message(protocolID: 52, [1]) == nil)
  }

  @Test(arguments: [(true, [1, 3]), (false, [0, 2])])
  func streamsAreChosenByRole(isServer: Bool, expected: [UInt16]) throws {
    var channels = DataChannels()
    _ = try channels.open(label: "a")
    _ = try channels.open(label: "b")
    #expect(Self.taken(&channels).isEmpty)
    channels.associate(isServer: isServer, streams: 256)
    #expect(Self.taken(&channels).map(\.stream) == expected)
  }

  @Test func messagesWaitForTheAssociationInOrder() throws {
    var channels = DataChannels()
    let id = try channels.open(label: "a")
    try channels.send(.text("1"), on: id, limit: 100)
    try channels.send(.bytes([2]), on: id, limit: 100)
    channels.associate(isServer: true, streams: 256)
    let frames = Self.taken(&channels)
    #expect(frames.map(\.protocolID) == [ProtocolID.control, ProtocolID.text, ProtocolID.bytes])
    #expect(channels.waitingBytes == 0)
    #expect(
      channels.receive(stream: 1, protocolID: ProtocolID.control, [2])
        == [.channelOpened(id, label: "a", byRemote: false)])
    #expect(channels.receive(stream: 1, protocolID: ProtocolID.control, [2]) == [])
  }

  @Test func theBrowserOpensAndIsAcknowledged() throws {
    var channels = DataChannels()
    channels.associate(isServer: true, streams: 256)
    let open = DataChannelFrame.open(label: "JanusDataChannel")
    let events = channels.receive(stream: 0, protocolID: ProtocolID.control, open)
    guard case .channelOpened(let id, "JanusDataChannel", true) = events?.first else {
      Issue.record("not opened")
      return
    }
    #expect(Self.taken(&channels) == [.init(stream: 0, protocolID: ProtocolID.control, bytes: [2])])
    #expect(channels.receive(stream: 0, protocolID: ProtocolID.text, [104]) == [.channelMessage(id, .text("h"))])
    // The same stream cannot be opened twice, nor one that we cannot answer on.
    #expect(channels.receive(stream: 0, protocolID: ProtocolID.control, open) == nil)
    #expect(channels.receive(stream: 256, protocolID: ProtocolID.control, open) == nil)
    #expect(channels.receive(stream: 9, protocolID: ProtocolID.text, [104]) == nil)
  }

  @Test func aResetClosesAndFreesTheStream() throws {
    var channels = DataChannels()
    channels.associate(isServer: true, streams: 256)
    let id = try channels.open(label: "a")
    _ = Self.taken(&channels)
    #expect(channels.reset([1, 9]) == [.channelClosed(id)])
    #expect(channels.takeResets() == [1] && channels.takeResets().isEmpty)
    #expect(throws: ChannelError.closed) { try channels.send(.text("x"), on: id, limit: 9) }
    #expect(try channels.open(label: "b") != id)
    #expect(Self.taken(&channels).map(\.stream) == [1])
  }

  @Test func aFullBufferKeepsTheRestInOrder() throws {
    var channels = DataChannels()
    channels.associate(isServer: true, streams: 256)
    let id = try channels.open(label: "a")
    for number in 0..<5 { try channels.send(.bytes([UInt8(number)]), on: id, limit: 9) }
    var room = 3
    var seen: [[UInt8]] = []
    let takeSome = { (frame: DataChannels.Frame) -> SctpOutcome in
      if room == 0 { return .full }
      room -= 1
      seen.append(frame.bytes)
      return .sent
    }
    channels.flush(takeSome)
    #expect(channels.frames.count == 3)
    room = 9
    channels.flush(takeSome)
    #expect(seen.dropFirst() == [[0], [1], [2], [3], [4]] && channels.frames.isEmpty && channels.waitingBytes == 0)
  }

  @Test func everyBoundIsMet() throws {
    var channels = DataChannels()
    let id = try channels.open(label: String(repeating: "x", count: DataChannels.maximumLabelBytes))
    #expect(throws: ChannelError.tooLong) { try channels.send(.bytes([1, 2]), on: id, limit: 1) }
    let large = [UInt8](repeating: 0, count: Peer.maximumMessageBytes)
    for _ in 0..<(Peer.maximumWaitingBytes / large.count) { try channels.send(.bytes(large), on: id, limit: .max) }
    #expect(throws: ChannelError.full) { try channels.send(.bytes([1]), on: id, limit: .max) }
    #expect(throws: ChannelError.tooLong) {
      _ = try channels.open(label: String(repeating: "x", count: DataChannels.maximumLabelBytes + 1))
    }
    for _ in 1..<DataChannels.maximumChannels { _ = try channels.open(label: "x") }
    #expect(throws: ChannelError.unavailable) { _ = try channels.open(label: "x") }
    #expect(channels.closeAll().count == DataChannels.maximumChannels)
    #expect(channels.waitingBytes == 0)
  }
}

// Sound survives Opus, also where a packet is lost.
import CMediaDecoders
import Foundation
import Testing

@testable import TalkingAvatar

@Suite struct OpusEncoderTests {
  /// A loud vowel-like sound.
  private static func sound(frames: Int) -> [[Int16]] {
    (0..<frames).map { frame in
      (0..<OpusEncoder.frameSamples).map { index in
        let time = Double(frame * OpusEncoder.frameSamples + index) / 48_000
        return Int16(6_000 * (sin(2 * .pi * 140 * time) + 0.6 * sin(2 * .pi * 700 * time)))
      }
    }
  }

  private static func energy(_ samples: [Int16]) -> Double {
    samples.reduce(0) { $0 + Double($1) * Double($1) } / Double(samples.count)
  }

  private static func decode(_ packet: [UInt8]?, _ decoder: OpaquePointer, isRepair: Bool = false) throws -> [Int16] {
    var samples = [Int16](repeating: 0, count: OpusEncoder.frameSamples)
    let count = opus_decode(decoder, packet, Int32(packet?.count ?? 0), &samples, 960, isRepair ? 1 : 0)
    try #require(count == 960)
    return samples
  }

  @Test func soundComesBack() throws {
    let encoder = try OpusEncoder()
    let decoder = try #require(opus_decoder_create(48_000, 1, nil))
    defer { opus_decoder_destroy(decoder) }
    for (number, samples) in Self.sound(frames: 50).enumerated() {
      let packet = try encoder.encode(samples)
      #expect(opus_packet_get_nb_samples(packet, Int32(packet.count), 48_000) == 960)
      let decoded = try Self.decode(packet, decoder)
      if number > 5 { #expect(Self.energy(decoded) > Self.energy(samples) / 2) }
    }
  }

  @Test func aLostPacketIsInTheNextOne() throws {
    let encoder = try OpusEncoder()
    let decoder = try #require(opus_decoder_create(48_000, 1, nil))
    defer { opus_decoder_destroy(decoder) }
    // Quiet, then loud from frame 30 on: nothing before tells a decoder what frame 30 sounded like.
    let sound = Self.sound(frames: 40).enumerated().map { frame, samples in
      frame < 30 ? samples.map { $0 / 200 } : samples
    }
    let packets = try sound.map { try encoder.encode($0) }
    for packet in packets.prefix(30) { _ = try Self.decode(packet, decoder) }
    let repaired = Self.energy(try Self.decode(packets[31], decoder, isRepair: true))
    #expect(repaired > 1_000_000)
  }

  @Test func silenceIsSentToo() throws {
    let encoder = try OpusEncoder()
    let silence = [Int16](repeating: 0, count: OpusEncoder.frameSamples)
    // Discontinuous transmission would send packets of two bytes or less.
    for _ in 0..<60 { #expect(try encoder.encode(silence).count > 2) }
  }

  @Test(arguments: [0, 959, 961, 48_000]) func otherLengthsAreRefused(count: Int) throws {
    let encoder = try OpusEncoder()
    #expect(throws: EncoderError(.wrongSize)) { try encoder.encode([Int16](repeating: 0, count: count)) }
  }

  @Test func bitratesHaveBounds() {
    #expect(throws: EncoderError(.outOfBounds)) { try OpusEncoder(bitrate: 5_999) }
    #expect(throws: EncoderError(.outOfBounds)) { try OpusEncoder(bitrate: .max) }
  }

  @Test func partsOfArraysCanBeEncoded() throws {
    let all = Self.sound(frames: 3).flatMap { $0 }
    let encoder = try OpusEncoder()
    let other = try OpusEncoder()
    for start in stride(from: 0, to: all.count, by: 960) {
      #expect(try encoder.encode(all[start..<(start + 960)]) == other.encode(Array(all[start..<(start + 960)])))
    }
  }
}

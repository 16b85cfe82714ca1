/*
 * The line protocol of the driver: keys and values in, keys and values out, and the content that both sides can make.
 */
#ifndef DRIVER_LINE_HPP
#define DRIVER_LINE_HPP

#include <chatfile.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

[[noreturn]] inline void die(const char *why)
{
    std::fprintf(stderr, "driver: %s\n", why);
    std::exit(3);
}

/* The operation to carry out. */
class line {
public:
    explicit line(const std::string &input)
    {
        std::istringstream words(input);
        words >> verb_;
        for (std::string word; words >> word;) {
            const auto at = word.find('=');
            if (at == std::string::npos)
                die("a malformed line");
            pairs_[word.substr(0, at)] = decoded(word.substr(at + 1));
        }
    }

    const std::string &verb() const { return verb_; }

    bool has(const char *key) const { return pairs_.count(key) != 0; }

    /* What an optional field of the API is set to. */
    std::optional<std::string> text(const char *key) const
    {
        const auto found = pairs_.find(key);
        return found == pairs_.end() ? std::nullopt : std::optional(found->second);
    }

    /* What a required field of the API is set to. */
    std::string word(const char *key) const { return text(key).value_or(""); }

    /* A path as UTF-8: on Windows text would be in the code page. */
    std::optional<std::filesystem::path> path(const char *key) const
    {
        const auto found = text(key);
        return found ? std::optional(std::filesystem::u8path(*found)) : std::nullopt;
    }

    long long number(const char *key) const { return std::strtoll(word(key).c_str(), nullptr, 10); }

    std::uint64_t u64(const char *key) const { return static_cast<std::uint64_t>(number(key)); }

    /* A number that may be 0, too. */
    std::optional<std::uint64_t> known(const char *key) const
    {
        return has(key) ? std::optional(u64(key)) : std::nullopt;
    }

    std::uint32_t u32(const char *key) const { return static_cast<std::uint32_t>(number(key)); }

    std::int32_t i32(const char *key) const { return static_cast<std::int32_t>(number(key)); }

    bool flag(const char *key) const { return number(key) != 0; }

    std::chrono::milliseconds milliseconds(const char *key) const { return std::chrono::milliseconds(number(key)); }

    std::chrono::seconds seconds(const char *key) const { return std::chrono::seconds(number(key)); }

    /* Texts with commas between them. */
    std::vector<std::string> texts(const char *key) const
    {
        std::vector<std::string> found;
        std::istringstream words(word(key));
        for (std::string one; std::getline(words, one, ',');)
            found.push_back(one);
        return found;
    }

    /* The bytes of the file that a key names. */
    std::optional<std::string> content(const char *key) const
    {
        if (!has(key))
            return std::nullopt;
        std::ifstream file(word(key), std::ios::binary);
        if (!file)
            die("no such file");
        return std::string(std::istreambuf_iterator<char>(file), {});
    }

private:
    static std::string decoded(const std::string &value)
    {
        std::string out;
        for (std::size_t i = 0; i < value.size(); i++) {
            if (value[i] == '%' && i + 2 < value.size()) {
                out += static_cast<char>(std::strtol(value.substr(i + 1, 2).c_str(), nullptr, 16));
                i += 2;
            } else {
                out += value[i];
            }
        }
        return out;
    }

    std::string verb_;
    std::map<std::string, std::string, std::less<>> pairs_;
};

/* The line that is the answer. */
class answer {
public:
    explicit answer(const char *head) : text_(head) {}

    void say(const std::string &key, std::string_view value)
    {
        text_ += " " + prefix_ + key + "=";
        for (const char c : value) {
            const auto byte = static_cast<unsigned char>(c);
            const bool plain = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
                               (byte >= 'A' && byte <= 'Z') || (byte != 0 && std::strchr("-._~/:", byte) != nullptr);
            char escaped[4];
            std::snprintf(escaped, sizeof escaped, "%%%02X", byte);
            text_ += plain ? std::string(1, c) : escaped;
        }
    }

    void say(const std::string &key, const std::string &value) { say(key, std::string_view(value)); }

    template <class Number, class = std::enable_if_t<std::is_arithmetic_v<Number>>>
    void say(const std::string &key, Number value)
    {
        say(key, std::string_view(std::to_string(value)));
    }

    template <class Enum, std::enable_if_t<std::is_enum_v<Enum>, int> = 0> void say(const std::string &key, Enum value)
    {
        say(key, static_cast<std::underlying_type_t<Enum>>(value));
    }

    template <class Count, class Unit> void say(const std::string &key, std::chrono::duration<Count, Unit> value)
    {
        say(key, value.count());
    }

    template <class Clock, class Unit> void say(const std::string &key, std::chrono::time_point<Clock, Unit> value)
    {
        say(key, value.time_since_epoch());
    }

    template <class T> void say(const std::string &key, const std::optional<T> &value)
    {
        if (value)
            say(key, *value);
    }

    /* Each with its number, or with its name. */
    template <class T> void say(const std::string &key, const std::vector<T> &values)
    {
        for (std::size_t i = 0; i < values.size(); i++)
            say(key + "." + std::to_string(i), values[i]);
    }

    void say(const std::string &key, const std::vector<chatfile::name_value> &values)
    {
        for (const auto &[name, value] : values)
            say(key + "." + name, value);
    }

    /* What `tell` says has the number of an entry before it. */
    template <class Tell> void at(std::size_t index, Tell &&tell)
    {
        prefix_ = std::to_string(index) + ".";
        tell();
        prefix_.clear();
    }

    const std::string &text() const { return text_; }

private:
    std::string prefix_;
    std::string text_;
};

/* CRC-32 as in zip. */
class crc32 {
public:
    void update(std::string_view bytes)
    {
        static const auto table = make_table();
        for (const char byte : bytes)
            crc_ = table[(crc_ ^ static_cast<unsigned char>(byte)) & 255] ^ (crc_ >> 8);
    }

    std::string hex() const
    {
        char text[9];
        std::snprintf(text, sizeof text, "%08lx", static_cast<unsigned long>(~crc_ & 0xFFFFFFFFU));
        return text;
    }

private:
    static std::array<std::uint32_t, 256> make_table()
    {
        std::array<std::uint32_t, 256> table{};
        for (std::uint32_t i = 0; i < 256; i++) {
            std::uint32_t value = i;
            for (int bit = 0; bit < 8; bit++)
                value = (value >> 1) ^ ((value & 1) != 0 ? 0xEDB88320U : 0);
            table[i] = value;
        }
        return table;
    }

    std::uint32_t crc_ = 0xFFFFFFFFU;
};

/* The content of a source. */
class pattern {
public:
    explicit pattern(const line &from)
    {
        if (from.has("fill")) {
            bytes_.fill(static_cast<char>(from.u32("fill")));
            return;
        }
        std::uint32_t x = from.u32("seed");
        for (char &byte : bytes_) {
            x = x * 1664525U + 1013904223U;
            byte = static_cast<char>(x >> 24);
        }
    }

    void copy(std::uint64_t position, char *out, std::size_t size) const
    {
        std::size_t at = static_cast<std::size_t>(position % bytes_.size());
        while (size > 0) {
            const std::size_t part = bytes_.size() - at < size ? bytes_.size() - at : size;
            std::memcpy(out, bytes_.data() + at, part);
            out += part;
            size -= part;
            at = 0;
        }
    }

private:
    std::array<char, 65521> bytes_;
};

#endif

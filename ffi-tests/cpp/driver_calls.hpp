/*
 * What the driver's callbacks of a call do, and what they saw.
 */
#ifndef DRIVER_CALLS_HPP
#define DRIVER_CALLS_HPP

#include <chatfile.hpp>

#include <atomic>
#include <istream>
#include <streambuf>
#include <thread>

#include "driver_line.hpp"

class call {
public:
    explicit call(const line &in) : in_(in)
    {
        if (!in.has("fire_at") && !in.has("fire_before") && !in.has("fire_when"))
            return;
        cancel_.emplace();
        if (in.has("fire_before"))
            cancel_->fire();
        if (in.has("fire_when")) {
            watcher_ = std::thread([this] {
                while (!over_ && !std::filesystem::exists(in_.word("fire_when")))
                    std::this_thread::sleep_for(std::chrono::milliseconds(1));
                if (!over_)
                    cancel_->fire();
            });
        }
    }

    ~call() { end(); }

    call(const call &) = delete;
    call &operator=(const call &) = delete;

    /* Ends the thread that may cancel. */
    void end()
    {
        over_ = true;
        if (watcher_.joinable())
            watcher_.join();
    }

    const chatfile::cancel *cancel() const { return cancel_ ? &*cancel_ : nullptr; }

    chatfile::progress_callback progress()
    {
        if (!in_.has("progress"))
            return nullptr;
        return [this](const chatfile::progress &now) { return report(now); };
    }

    chatfile::source source()
    {
        const std::string kind = in_.word("source");
        chatfile::source made;
        if (kind == "path" || kind == "two")
            made = in_.path("path").value();
        if (kind == "buffer" || kind == "two") {
            buffer_.resize(static_cast<std::size_t>(in_.u64("size")));
            pattern_.copy(0, buffer_.data(), buffer_.size());
            const auto bytes = chatfile::source::bytes(buffer_);
            made.data = bytes.data;
            made.size = bytes.size;
        }
        if (kind == "callback") {
            calls_back_ = true;
            /* What nobody knows the length of is a stream, as far as a stream has a way to say it. */
            if (in_.has("unsized") && !in_.has("read_fail_at") && !in_.has("claim"))
                return chatfile::source::stream(stream_);
            chatfile::rewind_callback rewind;
            if (in_.has("rewind"))
                rewind = [this] { return go_back(); };
            made = chatfile::source::callable(
                in_.has("unsized") ? chatfile::size_unknown : in_.u64("size"),
                [this](char *buffer, std::size_t capacity) { return read(buffer, capacity); }, rewind);
        }
        return made;
    }

    chatfile::sink sink()
    {
        const std::string kind = in_.word("sink");
        if (kind == "path")
            return in_.path("path").value();
        if (kind != "callback")
            return {};
        writes_ = true;
        return chatfile::sink::callable([this](std::string_view piece) { return write(piece); });
    }

    /* What it has to tell besides, whatever the outcome. */
    void tell(answer &out)
    {
        if (calls_back_) {
            out.say("reads", reads_);
            out.say("rewinds", rewinds_);
        }
        if (writes_) {
            out.say("received", received_);
            out.say("sum", sum_.hex());
        }
        if (in_.has("progress")) {
            out.say("reports", reports_);
            out.say("first", first_);
            out.say("rising", fell_ ? 0 : 1);
            out.say("within", outside_ ? 0 : 1);
            out.say("early", early_);
            out.say("finished", finished_);
            out.say("last", last_);
            out.say("total", total_);
            out.say("doing", doing_);
            out.say("hashed", hashed_);
            out.say("rated", rated_ ? 1 : 0);
            out.say("left", left_ ? 1 : 0);
        }
        out.say("same_thread", strayed_ ? 0 : 1);
    }

private:
    void called()
    {
        if (std::this_thread::get_id() != thread_)
            strayed_ = true;
    }

    /* The bytes as a stream of the standard library that cannot seek. */
    class flow : public std::streambuf {
    public:
        explicit flow(call &from) : from_(from) {}

    protected:
        int_type underflow() override
        {
            const std::size_t given = from_.give(room_, sizeof room_);
            setg(room_, room_, room_ + given);
            return given > 0 ? traits_type::to_int_type(room_[0]) : traits_type::eof();
        }

    private:
        call &from_;
        char room_[4096];
    };

    chatfile::read_result read(char *buffer, std::size_t capacity)
    {
        if (in_.has("read_fail_at") && given_ >= in_.u64("read_fail_at")) {
            called();
            reads_++;
            return chatfile::stop{ in_.i32("read_value") };
        }
        const std::size_t given = give(buffer, capacity);
        return in_.has("claim") ? capacity + 1 : given;
    }

    std::size_t give(char *buffer, std::size_t capacity)
    {
        called();
        const std::uint64_t end = in_.u64(in_.has("produce") ? "produce" : "size");
        std::size_t most = capacity;
        reads_++;
        if (in_.has("read_chunk") && most > in_.u64("read_chunk"))
            most = static_cast<std::size_t>(in_.u64("read_chunk"));
        if (end - given_ < most)
            most = static_cast<std::size_t>(end - given_);
        pattern_.copy(given_, buffer, most);
        given_ += most;
        return most;
    }

    std::int32_t go_back()
    {
        called();
        rewinds_++;
        given_ = 0;
        return in_.i32("rewind_value");
    }

    std::int32_t write(std::string_view piece)
    {
        called();
        received_ += piece.size();
        sum_.update(piece);
        return in_.has("write_fail_at") && received_ >= in_.u64("write_fail_at") ? in_.i32("write_value") : 0;
    }

    std::int32_t report(const chatfile::progress &now)
    {
        called();
        if (reports_++ == 0)
            first_ = now.done;
        else if (now.done < last_)
            fell_ = true;
        if (now.total && now.done > *now.total)
            outside_ = true;
        if (!now.finished && now.total && *now.total > 0 && now.done == *now.total)
            early_++;
        finished_ += now.finished ? 1 : 0;
        doing_ |= std::uint64_t{ 1 } << static_cast<unsigned>(now.activity);
        hashed_ = std::max(hashed_, now.hashed);
        rated_ = rated_ || now.rate > 0;
        left_ = left_ || (now.remaining && now.remaining->count() > 0);
        last_ = now.done;
        total_ = now.total.value_or(0);
        if (in_.has("fire_at") && now.done >= in_.u64("fire_at"))
            cancel_->fire();
        const bool stops =
            in_.has("cancel_at") && now.done >= in_.u64("cancel_at") && reports_ >= in_.i32("cancel_report");
        return stops ? in_.i32("cancel_value") : 0;
    }

    const line &in_;
    pattern pattern_{ in_ };
    std::vector<char> buffer_;
    std::optional<chatfile::cancel> cancel_;
    std::atomic<bool> over_{ false };
    std::thread watcher_;
    std::thread::id thread_ = std::this_thread::get_id();
    bool calls_back_ = false, writes_ = false, strayed_ = false, fell_ = false, outside_ = false;
    bool rated_ = false, left_ = false;
    std::uint64_t given_ = 0, received_ = 0, first_ = 0, last_ = 0, total_ = 0, doing_ = 0, hashed_ = 0;
    long long reads_ = 0, rewinds_ = 0, reports_ = 0, early_ = 0, finished_ = 0;
    crc32 sum_;
    flow flow_{ *this };
    std::istream stream_{ &flow_ };
};

#endif

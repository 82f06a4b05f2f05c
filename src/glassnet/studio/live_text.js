// A line of text that changes many times a second: NiceGUI would compare the whole page for each change of a label.
export default {
  template: "<div></div>",
  props: { text: String },
  mounted() {
    this.say(this.text);
  },
  methods: {
    say(text) {
      this.$el.textContent = text;
    },
  },
};
